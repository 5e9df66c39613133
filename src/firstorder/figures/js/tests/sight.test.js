// How far a link scrolls: as little as lets the figure be seen, with the sentence if both can.

import assert from "node:assert/strict";
import { test } from "node:test";
import { way } from "../sight.js";

const room = { top: 50, bottom: 800 };
/** @type {(top: number, bottom: number) => {top: number, bottom: number}} */
const span = (top, bottom) => ({ top, bottom });

test("a figure that is in sight stays where it is", () => {
  assert.equal(way(span(700, 720), span(100, 500), room), 0);
  assert.equal(way(span(-900, -880), span(50, 800), room), 0);
});

test("a sentence below its figure comes down no farther than to show the figure", () => {
  assert.equal(way(span(400, 420), span(-100, 300), room), -150);
});

test("a sentence above its figure goes up no farther than to show the figure", () => {
  assert.equal(way(span(300, 320), span(500, 1000), room), 200);
});

test("a sentence stays in sight where that costs little of the figure", () => {
  assert.equal(way(span(660, 680), span(-100, 300), room), -120);
  assert.equal(way(span(120, 140), span(500, 900), room), 70);
  assert.equal(way(span(700, 720), span(-100, 300), room), -150);
  assert.equal(way(span(779, 797), span(-76, 482), span(64, 800)), -140); // whose curves would be cut
});

test("a figure that has no room beside its sentence is shown without it", () => {
  assert.equal(way(span(700, 720), span(-700, -100), room), -750);
  assert.equal(way(span(100, 120), span(900, 1600), room), 800);
});

test("a figure that is higher than the window begins at its top", () => {
  assert.equal(way(span(100, 120), span(300, 1300), room), 250);
  assert.equal(way(span(700, 720), span(-500, 600), room), -550);
});
