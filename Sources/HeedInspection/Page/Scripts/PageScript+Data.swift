extension PageScript {
  /// Reading the numbers, and small tools.
  static let data = #"""
    const data = JSON.parse(document.getElementById('data').textContent);
    const find = id => document.getElementById(id);

    /** An element: text goes in as text, so that no token can become markup. */
    function make(tag, attributes = {}, ...children) {
      const element = document.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
        else if (name === 'style') for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
        else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
      }
      element.append(...children.filter(child => child !== null && child !== undefined));
      return element;
    }

    /**
     * Puts new content into a box. Where the old had the focus, what has the same data-key has it again, or else the
     * box: a keyboard must not be thrown back to the top of the page by what it has just done.
     */
    function fill(box, ...children) {
      const focused = document.activeElement;
      const isWithin = box !== focused && box.contains(focused);
      box.replaceChildren(...children);
      if (!isWithin) return;
      const alike = Array.from(box.querySelectorAll('[data-key]')).filter(one => one.dataset.key === focused.dataset.key);
      (alike.find(one => one.tabIndex === 0) || alike[0] || box).focus({preventScroll: true});
    }

    function bytes(text) {
      const raw = atob(text);
      const result = new Uint8Array(raw.length);
      for (let i = 0; i < raw.length; i++) result[i] = raw.charCodeAt(i);
      return result;
    }
    const numbers = (Type, text) => new Type(bytes(text).buffer);

    /** A number with so many decimals and a real minus sign. */
    const fixed = (value, digits = 3) =>
      Number.isFinite(value) ? value.toFixed(digits).replace('-', '−') : '–';
    /** A weight; small ones keep their digits. */
    const share = value => value > 0 && value < 0.0005 ? '< 0.001' : fixed(value, 3);
    const percent = value => value < 0.0005 ? '< 0.1 %' : (value * 100).toFixed(1) + ' %';

    /** A token as it is shown: a dot before letters that continue a word. */
    const hasLetters = token => !token.special && /[\p{L}\p{N}]/u.test(token.text);
    const label = token => (token.starts || !hasLetters(token) ? '' : '·') + token.text;
    const quoted = token => '“' + token.text + '”';

    const kinds = new Map(data.kinds.map(kind => [kind.kind, kind]));
    const layerOf = (kind, layer) => kinds.get(kind).layers.find(one => one.layer === layer);
    const headsOf = (kind, layer) => layerOf(kind, layer).heads;
    const meanOf = (kind, layer) => layerOf(kind, layer).mean;
    const headOf = (kind, layer, head) => headsOf(kind, layer).find(one => one.head === head);

    /** The weights of one row; NaN where they are not in the page. Null where none of the head are. */
    function headRow(kind, head, row) {
      const width = kinds.get(kind).columns.length;
      if (head.weights !== undefined) {
        head.all ??= numbers(Uint16Array, head.weights);
        const result = new Float64Array(width);
        for (let j = 0; j < width; j++) result[j] = head.all[row * width + j] / 65535;
        return result;
      }
      if (head.topWeights === undefined) return null;
      head.top ??= {columns: numbers(Uint32Array, head.topColumns), weights: numbers(Uint16Array, head.topWeights)};
      const count = data.topCount;
      const result = new Float64Array(width).fill(NaN);
      for (let k = row * count; k < (row + 1) * count; k++) {
        if (head.top.weights[k] > 0) result[head.top.columns[k]] = head.top.weights[k] / 65535;
      }
      return result;
    }

    /**
     * The same for a head by its number, or the mean of a layer. What is left of some heads says nothing of their mean:
     * unless all weights of all heads are in the page, the mean has its own.
     */
    function rowOf(kind, layer, head, row) {
      if (head !== 'mean') return headRow(kind, headOf(kind, layer, head), row);
      const heads = headsOf(kind, layer);
      if (heads.some(one => one.weights === undefined)) return headRow(kind, meanOf(kind, layer), row);
      const mean = new Float64Array(kinds.get(kind).columns.length);
      for (const one of heads) headRow(kind, one, row).forEach((w, j) => { mean[j] += w / heads.length; });
      return mean;
    }

    function strongest(weights) {
      let best = 0;
      if (weights !== null) weights.forEach((w, j) => { if (w > (weights[best] || 0)) best = j; });
      return best;
    }

    /** The channels of a colour of the style sheet, in light and dark alike. */
    function channels(name) {
      return getComputedStyle(document.documentElement).getPropertyValue(name).trim().split(/\s+/).map(Number);
    }
    """#
}
