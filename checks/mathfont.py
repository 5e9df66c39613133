"""Makes the font of formulas: what the book's formulas need of STIX Two Math, 26 of 403 KB.

    npm pack @fontsource/stix-two-math@5.3.0 && tar xf fontsource-*.tgz
    python -m checks.mathfont package/files/stix-two-math-latin-400-normal.woff2

Tests say when a formula has a character that is not in it: add it to SIGNS.
"""

import subprocess
import sys
from pathlib import Path

from fontTools.ttLib import TTFont

FONT = Path(__file__).parents[1] / "assets" / "type" / "math.woff2"
#: A slanted letter is a character of its own, which a browser takes for a letter that stands alone.
SLANTED = {"h": "ℎ"} | {
    chr(first + n): chr(slanted + n)
    for first, slanted, size in ((0x41, 0x1D434, 26), (0x61, 0x1D44E, 26), (0x391, 0x1D6E2, 25), (0x3B1, 0x1D6FC, 25))
    for n in range(size)
    if chr(first + n) != "h"
}
SLANTED |= dict(zip("∂ϵϑϕϱϖ", "𝜕𝜖𝜗𝜙𝜚𝜛", strict=True))
SIGNS = (
    "%()+,-./0123456789:;<=>[]{|}~±×·¨¬ˆ˜˙¯…′″‖‾\u2061ℓℝ𝔼𝟏ℕℤ←→↦⇒⟹∂∇∈∏∑−∗∝∞∫≈≠≤≥≡∼≪≫≲⊗⊙⊤⊥⋅⋆⋯⌈⌉⌊⌋⏞⏟⟨⟩⪯⪰√∀∃∪∩⊂"
    "₀₁₂₃₄₅₆₇₈₉₊₋⁰¹²³⁴⁵⁶⁷⁸⁹⁻𝐀𝐁𝐖𝐱𝐲𝐳𝐠𝐰𝒩𝒪ℋℒ𝒟𝓞𝟎"
)


def narrow_roots(font: TTFont) -> None:
    """Makes every size of the root as wide as the smallest: Chromium leaves room for the widest before it chooses."""
    variants, glyphs, widths = font["MATH"].table.MathVariants, font["glyf"], font["hmtx"].metrics
    root = font.getBestCmap()[ord("√")]
    made = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(root)]
    sizes = [[record.VariantGlyph] for record in made.MathGlyphVariantRecord]
    end = glyphs[root].xMax
    for names in [*sizes, [part.glyph for part in made.GlyphAssembly.PartRecords]]:
        scale = end / max(glyphs[name].xMax for name in names)
        for name in names:
            glyphs[name].coordinates.scale((scale, 1))
            glyphs[name].coordinates.toInt()
            glyphs[name].recalcBounds(glyphs)
            widths[name] = (widths[root][0], glyphs[name].xMin)


def main(source: str) -> None:
    text = "".join(sorted({*SIGNS, *SLANTED, *SLANTED.values(), " "}))
    kept = "--layout-features=ssty,dtls,flac,ss04,ccmp,kern"
    subprocess.run(
        ["pyftsubset", source, f"--text={text}", "--flavor=woff2", kept, "--no-hinting", f"--output-file={FONT}"],
        check=True,
    )
    font = TTFont(FONT)
    narrow_roots(font)
    font.save(FONT)


if __name__ == "__main__":
    main(sys.argv[1])
