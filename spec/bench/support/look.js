// Runs in the page. Its value is an object: the pictures, and the texts that cannot be read.
(() => {
  const visible = (element) => element.getClientRects().length > 0;
  const svgs = [...document.querySelectorAll('svg')].filter(visible);
  const texts = [...document.querySelectorAll('svg text, p, h1, h2, th, td, li, figcaption')].filter(
    (element) => visible(element) && element.textContent.trim() !== '',
  );

  const luminance = (colour) => {
    const [red, green, blue] = colour.match(/[\d.]+/g).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paperOf = (element) => {
    const rect = element.closest('svg')?.querySelector('rect');
    return rect ? getComputedStyle(rect).fill : getComputedStyle(document.body).backgroundColor;
  };
  const contrast = (element) => {
    const style = getComputedStyle(element);
    const [dark, light] = [
      luminance(element.closest('svg') ? style.fill : style.color),
      luminance(paperOf(element)),
    ].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const clipped = (text) => {
    const [inner, outer] = [text.getBoundingClientRect(), text.closest('svg').getBoundingClientRect()];
    return inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom;
  };
  // The box of a line of text is higher than its letters.
  const inset = 2;
  const touching = (a, b) => {
    const [one, other] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
    const apartX = one.right - inset < other.left || other.right - inset < one.left;
    const apartY = one.bottom - inset < other.top + inset || other.bottom - inset < one.top + inset;
    return !apartX && !apartY;
  };
  const labels = (svg) => texts.filter((text) => text.closest('svg') === svg);
  const words = (element) => element.textContent.trim();

  return {
    pictures: svgs.map((svg) => {
      const { width, height } = svg.getBoundingClientRect();
      return { title: svg.querySelector('title').textContent, width, height };
    }),
    overflowPx: document.documentElement.scrollWidth - innerWidth,
    texts: texts.length,
    faint: texts.filter((text) => contrast(text) < 4.5).map(words),
    clipped: texts.filter((text) => text.closest('svg') && clipped(text)).map(words),
    overlapping: svgs.flatMap((svg) =>
      labels(svg).flatMap((text, index) =>
        labels(svg)
          .slice(index + 1)
          .filter((other) => touching(text, other))
          .map((other) => `${words(text)} | ${words(other)}`),
      ),
    ),
  };
})();
