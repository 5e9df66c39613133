// What the files of figures take from the core, and do not carry themselves: what most panels are made of.
// All that is left to a figure's own file is what a few figures use.

export * from "./canvas.js";
export * from "./chart.js";
export * from "./controls.js";
export * from "./dom.js";
export * from "./drive.js";
export * from "./figure.js";
export * from "./kinds.js";
export * from "./known.js";
export * from "./numbers.js";
export * from "./panel.js";
export * from "./place.js";
export * from "./plot.js";
export * from "./scales.js";
export * from "./source.js";
export * from "./styles.js";
