import assert from "node:assert/strict";
import { test } from "node:test";
import { SERIES, styleOf, stylesOf, THEMES } from "../styles.js";

test("an optimizer has the same style wherever it is shown", () => {
  assert.deepEqual(stylesOf(["adam", "sgd"]), [styleOf("adam"), styleOf("sgd")]);
  assert.deepEqual(stylesOf(["lion", "sgd", "adam"])[2], styleOf("adam"));
});

test("a copy, and a rule of the reader's own, take colours that no one has", () => {
  const styles = stylesOf(["sgd", "adam", "adam", "mine", "adam"]);
  assert.equal(new Set(styles.map(({ light }) => light)).size, 5);
  assert.equal(stylesOf(Array.from({ length: 10 }, () => "adam")).length, 10);
  assert.equal(new Set(stylesOf(Array.from({ length: 10 }, () => "adam"))).size, 10);
});

test("every style has a colour for each theme, a dash and a mark", () => {
  for (const { light, dark, dash, marker } of SERIES) {
    assert.match(light, /^#[0-9a-f]{6}$/);
    assert.match(dark, /^#[0-9a-f]{6}$/);
    assert.ok(Array.isArray(dash) && marker.startsWith("M"));
  }
  assert.deepEqual(Object.keys(THEMES.light), Object.keys(THEMES.dark));
});
