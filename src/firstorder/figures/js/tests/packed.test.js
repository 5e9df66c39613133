import assert from "node:assert/strict";
import { test } from "node:test";
import { packed, unpacked } from "../editing/packed.js";

test("a text comes back as it was, in letters that an address has", async () => {
  for (const text of ["", "def f(p, g, *, η=1):\n    return p\n", "x".repeat(20_000), "𝜂".repeat(99)]) {
    const code = await packed(text);
    assert.match(code, /^[\w-]+$/);
    assert.equal(await unpacked(code), text);
  }
});

test("what is no code, or of too long a text, is nothing", async () => {
  const whole = await packed("def f(p, g): return p");
  const bomb = await packed("x".repeat(3_000_000));
  assert.ok(bomb.length < 20_000);
  for (const code of [null, 1, "", "%", "AAAA", "x".repeat(30_000), whole.slice(0, -4), bomb])
    assert.equal(await unpacked(code), null, String(code).slice(0, 30));
});
