for (const figure of document.querySelectorAll('.SCOPE:not([data-hover])')) {
  figure.dataset.hover = '';
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  figure.append(tip);
  let mark = null;
  let title = null;
  const leave = () => {
    if (title) mark.append(title);
    mark = title = null;
    tip.hidden = true;
  };
  figure.addEventListener('pointermove', event => {
    const over = event.target.closest('g');
    if (over !== mark) {
      leave();
      title = over && over.querySelector(':scope > title');
      if (!title) return;
      mark = over;
      tip.textContent = title.textContent;
      title.remove();
      tip.hidden = false;
    }
    if (!mark) return;
    const box = figure.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    tip.style.left = Math.max(4, Math.min(x + 12, box.width - tip.offsetWidth - 4)) + 'px';
    tip.style.top = (y > tip.offsetHeight + 16 ? y - tip.offsetHeight - 10 : y + 18) + 'px';
  });
  figure.addEventListener('pointerleave', leave);
}
