// The editor of a rule's text, in a shadow tree: there its styles need no place in the page's policy.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { h } from "../dom.js";

/** @import {Wrong} from "../python/client.js" */
/** @import {Piece} from "../diff.js" */

/** As the book's listings are coloured, in both themes. */
const COLOURS = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword],
    color: "light-dark(#7928a1, #dcc6e0)",
  },
  { tag: [tags.number, tags.bool, tags.null], color: "light-dark(#985200, #f5ab35)" },
  { tag: [tags.string, tags.docString], color: "light-dark(#007600, #abe338)" },
  { tag: [tags.comment], color: "light-dark(#515151, #d4d0ab)" },
  {
    tag: [tags.function(tags.definition(tags.variableName)), tags.meta],
    color: "light-dark(#006a8e, #00e0e0)",
  },
]);
const LOOK = EditorView.theme({
  "&": { color: "var(--fo-text)", backgroundColor: "var(--fo-panel)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" }, // its place in the page has one
  ".cm-scroller": {
    fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
    lineHeight: "1.5",
  },
  ".cm-content": { caretColor: "var(--fo-text)" },
  ".cm-cursor": { borderLeftColor: "var(--fo-text)" },
  ".cm-gutters": { color: "var(--fo-muted)", backgroundColor: "var(--fo-panel)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "light-dark(#0000000a, #ffffff12)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "light-dark(#0b57d033, #8ab4f844)",
  },
  ".cm-matchingBracket": { outline: "1px solid var(--fo-muted)" },
  ".cm-fresh": { backgroundColor: "light-dark(#ffe08a99, #7a5c0099)", borderRadius: "2px" },
});

/** What the text has and the one that it began as has not. */
const FRESH = StateEffect.define();
const FRESH_MARK = Decoration.mark({ class: "cm-fresh" });
const fresh = StateField.define({
  create: () => Decoration.none,
  update(/** @type {any} */ marks, /** @type {any} */ { changes, effects }) {
    const told = effects.find((/** @type {any} */ effect) => effect.is(FRESH));
    return told ? Decoration.set(told.value) : marks.map(changes);
  },
  provide: (/** @type {any} */ field) => EditorView.decorations.from(field),
});

export class Editor {
  /**
   * @param {string} label
   * @param {(text: string) => void} onchange
   */
  constructor(label, onchange) {
    this.element = h("div", { class: "fo-editor" });
    const root = this.element.attachShadow({ mode: "open" });
    this.view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        extensions: [
          ...[lineNumbers(), history(), drawSelection(), bracketMatching(), highlightActiveLine()],
          EditorView.lineWrapping, // a signature is longer than most columns
          ...[python(), indentUnit.of("    "), syntaxHighlighting(COLOURS), fresh, LOOK],
          keymap.of([...defaultKeymap, ...historyKeymap]), // and no Tab, which leaves the editor as it leaves a field
          EditorView.contentAttributes.of({
            "aria-label": label,
            spellcheck: "false",
            autocapitalize: "off",
          }),
          EditorView.updateListener.of(
            (/** @type {any} */ update) => update.docChanged && onchange(this.text),
          ),
        ],
      }),
    });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  set text(text) {
    const { doc } = this.view.state;
    this.view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
  }

  /**
   * Marks what is new, of the whole text in pieces.
   * @param {Piece[][]} statements
   */
  compare(statements) {
    const marks = [];
    let at = 0;
    for (const pieces of statements) {
      for (const { text, fresh } of pieces) {
        if (fresh && text) marks.push(FRESH_MARK.range(at, at + text.length));
        at += text.length;
      }
      at++; // the end of its line
    }
    this.view.dispatch({ effects: FRESH.of(marks) });
  }

  focus() {
    this.view.focus();
  }

  /**
   * Marks the place of an error, to the end of its word; none with none.
   * @param {Wrong | null} wrong
   */
  mark(wrong) {
    const { doc } = this.view.state;
    if (!wrong?.line || wrong.line > doc.lines) {
      this.view.dispatch(setDiagnostics(this.view.state, []));
      return;
    }
    const line = doc.line(wrong.line);
    const from = Math.min(line.from + (wrong.column ?? 0), line.to);
    const word = /^[\p{L}\w]*/u.exec(line.text.slice(from - line.from))?.[0].length ?? 0;
    const to = Math.min(line.to, from + Math.max(1, word));
    this.view.dispatch(
      setDiagnostics(this.view.state, [{ from, to, severity: "error", message: wrong.why }]),
    );
  }
}
