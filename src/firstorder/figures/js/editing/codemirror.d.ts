/** What the editor is made of, which is bundled from where the tools are installed: there TypeScript does not look. */
declare module "@codemirror/*";
declare module "@lezer/highlight";
