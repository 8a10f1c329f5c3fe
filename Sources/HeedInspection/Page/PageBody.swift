/// The page as it is before its script fills it.
enum PageBody {
  static let text = #"""
    <header>
    <p class="brand">Heed · attention</p>
    <h1 id="input"></h1>
    <div id="outcome"></div>
    <p class="lead" id="model"></p>
    <div id="notes"></div>
    </header>
    <noscript><p class="card note">This page draws its pictures with a script, which is part of it; please allow it
    to run.</p></noscript>
    <main>
    <nav class="bar" aria-label="What is shown">
    <div class="segments" id="kinds" role="radiogroup" aria-label="Attention"></div>
    <div class="picker"><button type="button" id="layer-back" aria-label="Previous layer">‹</button>
    <label>Layer <select id="layer"></select></label>
    <button type="button" id="layer-on" aria-label="Next layer">›</button></div>
    <div class="picker"><button type="button" id="head-back" aria-label="Previous head">‹</button>
    <label>Head <select id="head"></select></label>
    <button type="button" id="head-on" aria-label="Next head">›</button></div>
    </nav>
    <div class="columns">
    <section class="card" aria-labelledby="all-title">
    <h2 id="all-title">All heads</h2>
    <p class="note" id="all-note"></p>
    <div class="scroll"><div id="heads" role="group" aria-labelledby="all-title"></div></div>
    </section>
    <section class="card" aria-labelledby="one-title">
    <div class="titles"><h2 id="one-title"></h2>
    <div class="tabs" role="tablist" aria-label="View of the head">
    <button type="button" role="tab" id="tab-map" aria-controls="view">Map</button>
    <button type="button" role="tab" id="tab-lines" aria-controls="view">Lines</button>
    <button type="button" role="tab" id="tab-vectors" aria-controls="view">Query · Key · Value</button>
    </div></div>
    <p class="readout" id="readout" role="status" aria-live="polite"></p>
    <div id="window"></div>
    <div id="view" role="tabpanel" tabindex="-1"></div>
    <p class="note" id="view-note"></p>
    </section>
    </div>
    <section class="card" id="steps" aria-labelledby="steps-title" hidden>
    <div class="titles"><h2 id="steps-title"></h2>
    <div class="picker"><button type="button" id="step-back" aria-label="Previous token">‹</button>
    <label><span class="hidden">Step</span><input type="range" id="step" min="0" value="0"></label>
    <button type="button" id="step-on" aria-label="Next token">›</button></div></div>
    <p class="flow" id="flow"></p>
    <p class="note" id="step-note" role="status" aria-live="polite"></p>
    <div class="halves"><div><h3>Candidates</h3><ol class="bars" id="candidates"></ol></div>
    <div><h3 id="looks-title">Looks at</h3><p class="chips" id="looks"></p></div></div>
    </section>
    <section class="card" aria-labelledby="measures-title">
    <div class="titles"><h2 id="measures-title">What heads do</h2>
    <label class="picker">Measure <select id="measure"></select></label></div>
    <p class="note" id="measure-note"></p>
    <div class="scroll"><table class="measures" id="measures"></table></div>
    </section>
    <section class="card" aria-labelledby="about-title">
    <h2 id="about-title">How to read this page</h2>
    <p>Attention lets each token take from the others what it needs. A row of a map belongs to one token; its weights
    say what share of attention that token pays to each column, and add up to 1. Encoder self-attention reads the
    source; decoder self-attention looks back at what has been read; encoder-decoder attention looks from the token
    that is being written to the source.</p>
    <p class="note">Layers and heads count from 0, as in the command. Keys: <kbd>[</kbd> <kbd>]</kbd> head,
    <kbd>{</kbd> <kbd>}</kbd> layer, <kbd>,</kbd> <kbd>.</kbd> token; arrow keys inside a map and among the heads.</p>
    <ul class="note" id="left-out"></ul>
    </section>
    </main>
    """#
}
