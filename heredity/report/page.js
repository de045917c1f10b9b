"use strict";
const { charts, themes } = JSON.parse(document.getElementById("numbers").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");

async function draw() {
  const scheme = dark.matches ? "dark" : "light";
  for (const [name, spec] of Object.entries(charts)) {
    const options = {
      mode: "vega-lite", renderer: "canvas", config: themes[scheme], actions: false, tooltip: { theme: scheme },
    };
    await vegaEmbed(document.getElementById(name), spec, options);
  }
  document.documentElement.dataset.drawn = scheme;
}

let drawing = draw();
dark.addEventListener("change", () => { drawing = drawing.then(draw); });
