// What each slider has of the whole, while it is moved: whole per cent that add up to 100, as the server says.
const percents = (weights) => {
  const whole = weights.reduce((sum, each) => sum + each, 0);
  if (whole <= 0) return weights.map(() => 0);
  const exact = weights.map((each) => (100 * each) / whole);
  const down = exact.map(Math.trunc);
  const left = 100 - down.reduce((sum, each) => sum + each, 0);
  const order = exact.map((_, at) => at).sort((a, b) => down[a] - exact[a] - (down[b] - exact[b]) || a - b);
  order.slice(0, left).forEach((at) => (down[at] += 1));
  return down;
};

export const startShares = () => {
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-weight]")) return;
    const sliders = [...document.querySelectorAll("#criteria [data-weight]")];
    const shares = percents(sliders.map((each) => Number(each.value)));
    sliders.forEach((slider, at) => {
      const words = `${shares[at]} %`;
      slider.setAttribute("aria-valuetext", `weight ${slider.value}, ${words} of the rating`);
      const output = document.getElementById(slider.getAttribute("aria-describedby"));
      if (output) output.textContent = words;
    });
  });
};
