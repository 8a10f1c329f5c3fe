extension PageScript {
  /// How one weight comes about: query, key, their products, the scaled score, the softmax, and the weighted values.
  static let vectors = #"""
    function vectorsOf(head) {
      if (!head.vectors) return null;
      head.parts ??= {
        size: head.vectors.size, scale: head.vectors.scale,
        queries: numbers(Float32Array, head.vectors.queries), keys: numbers(Float32Array, head.vectors.keys),
        values: numbers(Float32Array, head.vectors.values),
        additive: head.vectors.additive === undefined ? null : numbers(Float32Array, head.vectors.additive),
        bias: head.vectors.bias === undefined ? null : numbers(Float32Array, head.vectors.bias),
        first: head.vectors.firstDistance,
      };
      return head.parts;
    }

    /** What one dimension adds to a score: a product, or the share of a small network. */
    const compared = (additive, q, k, d) => additive === null ? q * k : additive[d] * Math.tanh(q + k);

    /** What one query makes of all keys, in the steps of the formula. */
    function recipeOf(parts, row) {
      const {size, scale, queries, keys, values, additive, bias, first} = parts;
      const count = columnTokens().length;
      const query = queries.subarray(row * size, (row + 1) * size);
      const products = new Float64Array(count), biases = new Float64Array(count), scores = new Float64Array(count);
      for (let j = 0; j < count; j++) {
        let sum = 0;
        for (let d = 0; d < size; d++) sum += compared(additive, query[d], keys[j * size + d], d);
        products[j] = sum;
        if (bias !== null) biases[j] = bias[j - row - first] || 0;
        scores[j] = isMasked(row, j) ? -Infinity : sum * scale + biases[j];
      }
      const top = Math.max(...scores);
      const powers = scores.map(score => Math.exp(score - top));
      const total = powers.reduce((a, b) => a + b, 0);
      const weights = powers.map(power => power / total);
      const output = new Float64Array(size);
      for (let j = 0; j < count; j++) for (let d = 0; d < size; d++) output[d] += weights[j] * values[j * size + d];
      return {query, products, biases, scores, top, powers, total, weights, output};
    }

    /** A vector as a strip: blue for positive numbers, orange for negative ones. */
    function strip(name, vector, note) {
      const most = vector.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
      const least = Math.min(...vector), greatest = Math.max(...vector);
      return make('div', {class: 'strip'}, make('span', {title: note || name}, name),
        make('div', {role: 'img', 'aria-label': (note || name) + ': ' + vector.length + ' numbers from '
          + fixed(least, 2) + ' to ' + fixed(greatest, 2)},
          ...Array.from(vector, (x, d) => make('i', {'data-d': d, style: {background:
            'rgb(var(' + (x < 0 ? '--orange' : '--blue') + ')/' + (Math.abs(x) / most).toFixed(3) + ')'}}))));
    }

    const dividesByRoot = parts => Math.abs(parts.scale * Math.sqrt(parts.size) - 1) < 1e-4;

    const mathSpace = 'http://www.w3.org/1998/Math/MathML';
    function math(tag, ...children) {
      const element = document.createElementNS(mathSpace, tag);
      element.append(...children);
      return element;
    }
    const named = name => math('mi', name);
    const sign = text => math('mo', text);

    /** Bahdanau's: the score of a query and a key is what a small network makes of both. */
    function additiveFormula() {
      const vector = math('mi', 'v');
      vector.setAttribute('mathvariant', 'bold');
      const sum = math('mrow', sign('('), named('q'), sign('+'), named('k'), sign(')'));
      const result = math('math', math('mrow', named('α'), sign('='), named('softmax'),
        math('mrow', sign('('), vector, sign('·'), named('tanh'), sum, sign(')'))));
      result.setAttribute('display', 'block');
      result.setAttribute('aria-label', 'alpha is softmax of v times the hyperbolic tangent of q plus k');
      return make('div', {class: 'formula'}, result);
    }

    /** The paper's equation 1, as this head has it: with another factor or none, and with the bias of distances. */
    function formula(parts) {
      if (parts.additive !== null) return additiveFormula();
      const transposed = named('T');
      transposed.setAttribute('mathvariant', 'normal');
      const products = math('mrow', named('Q'), math('msup', named('K'), transposed));
      const [score, words] = dividesByRoot(parts)
        ? [math('mfrac', products, math('msqrt', math('msub', named('d'), named('k')))), ' over the root of d k']
        : parts.scale === 1 ? [products, ''] : [math('mrow', named('s'), products), ' times s'];
      const bias = parts.bias === null ? [] : [sign('+'), named('B')];
      const inner = math('mrow', sign('('), score, ...bias, sign(')'));
      const given = math('mrow', sign('('), named('Q'), sign(','), named('K'), sign(','), named('V'), sign(')'));
      const result = math('math',
        math('mrow', named('Attention'), given, sign('='), named('softmax'), inner, named('V')));
      result.setAttribute('display', 'block');
      result.setAttribute('aria-label',
        'Attention of Q, K, V is softmax of Q K transposed' + words + (bias.length ? ' plus B' : '') + ', times V');
      return make('div', {class: 'formula'}, result);
    }

    function renderVectors() {
      const view = find('view');
      find('view-note').textContent = '';
      if (state.head === 'mean') {
        fill(view, make('p', {}, 'A mean of heads has no queries, keys and values: choose one head.'));
        return;
      }
      const parts = vectorsOf(headOf(state.kind, state.layer, state.head));
      if (parts === null) {
        fill(view, make('p', {}, 'The vectors of this head are not in the page. A page that begins with it '
          + 'has them: heed inspect --kind ' + state.kind + ' --layer ' + state.layer + ' --head ' + state.head
          + ' --output page.html'));
        return;
      }
      const {row, column} = state;
      const found = recipeOf(parts, row);
      readOut(row, column);
      fill(view, pairPicker(), formula(parts), make('ol', {class: 'recipe'},
        productStep(parts, found, row, column), scaleStep(parts, found, row, column),
        softmaxStep(found, row, column), valueStep(parts, found, row, column)));
      connectStrips(view.lastChild, parts, found);
    }

    function pairPicker() {
      const choice = (name, tokens, chosen, change) => make('label', {}, name + ' ', make('select', {
        'aria-label': name, onchange: event => {
          change(Number(event.target.value));
          renderVectors();
          renderSteps();
        }, 'data-key': name}, ...tokens.map((token, at) => make('option', {
          value: at, selected: at === chosen ? '' : null}, at + ' ' + label(token)))));
      return make('div', {class: 'pair'},
        choice('Query of', rowTokens(), state.row, row => choosePair(row, state.column)),
        choice('Key of', columnTokens(), state.column, column => choosePair(state.row, column)));
    }

    const tokenName = (letter, token) => letter + ' ' + label(token);

    function productStep(parts, found, row, column) {
      const key = parts.keys.subarray(column * parts.size, (column + 1) * parts.size);
      const products = found.query.map((q, d) => compared(parts.additive, q, key[d], d));
      const isSum = parts.additive !== null;
      return make('li', {}, make('h3', {}, isSum ? 'Query plus key' : 'Query times key'),
        make('p', {class: 'note'}, 'The query of ' + quoted(rowTokens()[row]) + ' and the key of '
          + quoted(columnTokens()[column]) + ', ' + parts.size + ' numbers each, are '
          + (isSum ? 'added one by one; of each sum the hyperbolic tangent is taken, times the number that v has for it, '
            + 'and all of that is added up.' : 'multiplied one by one and added up.')),
        strip(tokenName('q', rowTokens()[row]), found.query, 'Query of ' + rowTokens()[row].text),
        strip(tokenName('k', columnTokens()[column]), key, 'Key of ' + columnTokens()[column].text),
        isSum ? strip('v', parts.additive, 'The vector v') : null,
        strip(isSum ? 'v tanh(q + k)' : 'q × k', products, isSum ? 'Shares of the score' : 'Products'),
        make('p', {class: 'sum'}, isSum ? 'v · tanh(q + k) = ' : 'q · k = ', make('b', {id: 'product'}, fixed(found.products[column]))),
        make('p', {class: 'sum note', id: 'dimension'}, 'Point at a strip for the numbers of one dimension.'));
    }

    function scaleStep(parts, found, row, column) {
      const isRoot = dividesByRoot(parts);
      const masked = isMasked(row, column);
      const scaled = fixed(found.products[column]) + (isRoot
        ? ' / √' + parts.size : parts.scale === 1 ? '' : ' × ' + fixed(parts.scale, 4));
      const bias = parts.bias === null ? '' : ' + ' + fixed(found.biases[column]);
      return make('li', {}, make('h3', {}, parts.additive === null && parts.scale !== 1 ? 'Scaled score' : 'Score'),
        make('p', {class: 'note'}, (isRoot
          ? 'Divided by √dₖ, so that sums of many products do not push the softmax to its ends.'
          : parts.additive !== null ? 'The sum is the score: nothing is divided.'
          : parts.scale === 1 ? 'This family does not divide by √dₖ: its weights are trained without.'
            : 'This family has a factor s of its own.')
          + (parts.bias === null ? '' : ' A learned number for the distance of the two tokens is added, which stands in B.')),
        make('p', {class: 'sum'}, masked ? 'masked: this token comes later and cannot be seen, so its score is −∞'
          : scaled + bias + ' = ', masked ? null : make('b', {id: 'score'}, fixed(found.scores[column]))));
    }

    function softmaxStep(found, row, column) {
      const tokens = columnTokens();
      const order = Array.from(found.weights.keys()).filter(j => !isMasked(row, j));
      let shown = order;
      if (order.length > 24) {
        shown = order.slice().sort((a, b) => found.weights[b] - found.weights[a]).slice(0, 23);
        if (!shown.includes(column) && !isMasked(row, column)) shown.push(column);
        shown.sort((a, b) => a - b);
      }
      const rest = order.length - shown.length;
      const most = Math.max(...found.weights, 1e-9);
      const line = j => make('tr', {class: j === column ? 'on' : null},
        make('td', {}, make('button', {
          type: 'button', 'data-j': j, 'data-key': 'key' + j, 'aria-label': 'Choose the key of ' + tokens[j].text,
          onclick: () => { choosePair(row, j); renderVectors(); renderSteps(); }}, label(tokens[j]))),
        make('td', {class: 'score'}, fixed(found.scores[j], 2)), make('td', {}, found.powers[j].toPrecision(3)),
        make('td', {}, share(found.weights[j])),
        make('td', {}, make('span', {
          class: 'bar-line', style: {width: (100 * found.weights[j] / most).toFixed(1) + '%'}})));
      const result = isMasked(row, column) ? null : make('p', {class: 'sum'}, 'α = e^',
        make('span', {}, '(' + fixed(found.scores[column]) + ' − ' + fixed(found.top) + ')'), ' / '
          + fixed(found.total, 3) + ' = ', make('b', {id: 'weight'}, share(found.weights[column])));
      return make('li', {}, make('h3', {}, 'Softmax'),
        make('p', {class: 'note'}, 'e to the power of each score (less the largest, which changes nothing), divided '
          + 'by the sum of all: shares that add up to 1.'),
        make('div', {class: 'scroll'}, make('table', {class: 'shares'}, make('thead', {}, make('tr', {},
          make('th', {scope: 'col'}, 'key of'), make('th', {scope: 'col', class: 'score'}, 'score'),
          make('th', {scope: 'col'}, 'e^'), make('th', {scope: 'col'}, 'α'), make('td', {}))),
          make('tbody', {}, ...shown.map(line)))),
        rest > 0 ? make('p', {class: 'note'}, rest + ' keys with smaller weights are not listed.') : null, result);
    }

    function valueStep(parts, found, row, column) {
      const value = parts.values.subarray(column * parts.size, (column + 1) * parts.size);
      const weighted = value.map(x => x * found.weights[column]);
      const table = make('table', {class: 'numbers'});
      const details = make('details', {}, make('summary', {}, 'All numbers'), make('div', {class: 'scroll'}, table));
      details.addEventListener('toggle', () => {
        if (!details.open || table.firstChild) return;
        const key = parts.keys.subarray(column * parts.size, (column + 1) * parts.size);
        const names = ['dimension', 'q', 'k', parts.additive === null ? 'q × k' : 'v tanh(q + k)', 'value',
          'α × value', 'output'];
        table.append(make('thead', {}, make('tr', {}, ...names.map(name => make('th', {scope: 'col'}, name)))));
        table.append(make('tbody', {}, ...Array.from(found.query, (q, d) => make('tr', {},
          make('th', {scope: 'row'}, String(d)),
          ...[q, key[d], compared(parts.additive, q, key[d], d), value[d], weighted[d], found.output[d]].map(x => make('td', {}, fixed(x)))))));
      });
      return make('li', {}, make('h3', {}, 'Weighted values'),
        make('p', {class: 'note'}, 'The weight takes its share of the value of ' + quoted(columnTokens()[column])
          + '. The sum of the shares of all values is what the head gives for ' + quoted(rowTokens()[row]) + '.'),
        strip(tokenName('v', columnTokens()[column]), value, 'Value of ' + columnTokens()[column].text),
        strip('α v', weighted, 'Weighted value'), strip('Σ α v', found.output, 'Output of the head'), details);
    }

    /** Pointing at a strip tells the numbers of one dimension. */
    function connectStrips(view, parts, found) {
      view.addEventListener('pointerover', event => {
        const cell = event.target.closest('i[data-d]');
        if (!cell) return;
        const d = Number(cell.dataset.d);
        for (const one of view.querySelectorAll('i.on')) one.classList.remove('on');
        for (const one of view.querySelectorAll('i[data-d="' + d + '"]')) one.classList.add('on');
        const place = state.column * parts.size + d;
        const made = fixed(compared(parts.additive, found.query[d], parts.keys[place], d));
        const [q, k] = [fixed(found.query[d]), fixed(parts.keys[place])];
        find('dimension').textContent = 'dimension ' + d + ': ' + (parts.additive === null ? q + ' × ' + k
          : fixed(parts.additive[d]) + ' × tanh(' + q + ' + ' + k + ')') + ' = ' + made + '; value '
          + fixed(parts.values[place]) + ', output ' + fixed(found.output[d]);
      });
    }
    """#
}
