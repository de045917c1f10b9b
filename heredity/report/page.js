"use strict";
const { study, charts, themes } = JSON.parse(document.getElementById("numbers").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const PRINTED = 560;
let views = [];

function embedded(place, spec, scheme) {
  const options = { mode: "vega-lite", renderer: "svg", config: themes[scheme], actions: false, tooltip: { theme: scheme } };
  return vegaEmbed(place, spec, options);
}

// Paper is light: on a dark screen a second drawing waits for the printer.
async function draw() {
  const scheme = dark.matches ? "dark" : "light";
  views.forEach((view) => view.finalize());
  views = [];
  for (const [name, spec] of Object.entries(charts)) {
    const shown = document.createElement("div"), printed = document.createElement("div");
    printed.className = "printed";
    document.getElementById(name).replaceChildren(shown, ...(scheme === "dark" ? [printed] : []));
    views.push(await embedded(shown, spec, scheme));
    if (scheme === "dark") views.push(await embedded(printed, { ...spec, width: PRINTED }, "light"));
  }
  document.documentElement.dataset.drawn = scheme;
}

async function asSVG(spec) {
  const drawn = await embedded(document.createElement("div"), { ...spec, width: PRINTED, background: "white" }, "light");
  const text = await drawn.view.toSVG();
  drawn.finalize();
  return text;
}

// A text that a spreadsheet would take for a formula is quoted.
function cell(value) {
  if (typeof value !== "string") return value ?? "";
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function asCSV(spec) {
  const longestFirst = Object.values(spec.datasets).sort((one, other) => other.length - one.length);
  const rows = longestFirst.flat().filter((row) => Object.keys(row).join() !== "label,threshold");
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const lines = new Set(rows.map((row) => columns.map((column) => cell(row[column])).join(",")));
  return [columns.join(","), ...lines, ""].join("\r\n");
}

function save(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

for (const place of document.querySelectorAll(".save")) {
  const name = place.dataset.chart, spec = charts[name];
  for (const [kind, type, text] of [["svg", "image/svg+xml", asSVG], ["csv", "text/csv", asCSV]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = kind.toUpperCase();
    button.setAttribute("aria-label", `Save ${name} as ${button.textContent}`);
    button.addEventListener("click", async () => save(await text(spec), `${study}-${name}.${kind}`, type));
    place.append(button);
  }
}

let closed = [], printing = false;
addEventListener("beforeprint", () => {
  printing = true;
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((each) => { each.open = true; });
});
addEventListener("afterprint", () => {
  printing = false;
  closed.forEach((each) => { each.open = false; });
});

let drawing = draw();
dark.addEventListener("change", () => { if (!printing) drawing = drawing.then(draw); }); // a printer asks for light
