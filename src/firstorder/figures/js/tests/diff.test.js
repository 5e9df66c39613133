import assert from "node:assert/strict";
import { test } from "node:test";
import { diff } from "../diff.js";

test("equal texts have no new line and lose none", () => {
  const { lines, lost } = diff("a\nb", "a\nb");
  assert.deepEqual(lines, [
    { fresh: false, line: "a" },
    { fresh: false, line: "b" },
  ]);
  assert.equal(lost, 0);
});

test("a line put in between is new, a line left out is lost", () => {
  const put = diff("a\nc", "a\nb\nc");
  assert.deepEqual(
    put.lines.map(({ fresh }) => fresh),
    [false, true, false],
  );
  assert.equal(diff("a\nb\nc", "a\nc").lost, 1);
  assert.equal(diff("a\nb", "c\nd\ne").lost, 2);
});
