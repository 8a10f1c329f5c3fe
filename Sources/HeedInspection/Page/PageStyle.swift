/// How the page looks: paper, ink and one blue; orange marks what is chosen and what is negative. Behind text the blue
/// is washed out (`--wash`) as far as it takes for the ink to stand out from it by 4.5 to 1.
enum PageStyle {
  static let text = #"""
    :root{--page:#fbfbf9;--card:#fff;--ink:#1d1d1f;--soft:#5f6066;--rule:#e4e4df;--faint:#f3f3ef;
    --blue:31 111 184;--orange:194 87 26;--wash:.8;--cell:26px}
    @media (prefers-color-scheme:dark){:root{--page:#141517;--card:#1d1f22;--ink:#ececec;--soft:#a3a6ad;
    --rule:#33363b;--faint:#26282c;--blue:108 178 242;--orange:242 160 101;--wash:.5}}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:1240px;padding:1.5rem 1rem 3rem;background:var(--page);color:var(--ink);
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
    h1{font-size:1.55rem;line-height:1.25;margin:.1rem 0 .2rem;font-weight:650;white-space:pre-line;
    max-height:7.5em;overflow:auto}
    h1.long{font-size:1rem;font-weight:400}
    h2{font-size:1.05rem;margin:0}
    h3{font-size:.85rem;margin:0 0 .4rem;color:var(--soft);font-weight:500}
    p{margin:.3rem 0}
    .brand,.lead,.note{color:var(--soft)}
    .brand{margin:0;font-size:.85rem;letter-spacing:.04em}.lead{margin:.2rem 0 1rem;font-size:.9rem}
    .note{font-size:.85rem}ul.note{padding-left:1.1rem}
    .result{font-size:1.15rem;margin:.1rem 0}.result small{display:block;color:var(--soft);font-size:.8rem}
    .card{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:1rem 1.1rem;margin:0 0 1rem;
    min-width:0}
    .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    button,select,input{font:inherit;color:inherit}
    button{background:none;border:1px solid transparent;border-radius:8px;padding:.25rem .6rem;cursor:pointer}
    select{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.2rem .4rem;max-width:11rem}
    input[type=range]{accent-color:rgb(var(--blue));width:min(40vw,260px);vertical-align:middle}
    :focus-visible{outline:2px solid rgb(var(--blue));outline-offset:2px}
    kbd{font:.8em ui-monospace,Menlo,Consolas,monospace;border:1px solid var(--rule);border-radius:4px;padding:0 .3em}
    .bar{position:sticky;top:0;z-index:5;display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;
    padding:.5rem 0 .6rem;background:var(--page)}
    .segments,.tabs{display:inline-flex;flex-wrap:wrap;background:var(--faint);border-radius:10px;padding:2px}
    .segments button,.tabs button{font-size:.9rem;padding:.25rem .75rem;color:var(--soft)}
    .segments [aria-checked=true],.tabs [aria-selected=true]{background:var(--card);color:var(--ink);
    border-color:var(--rule);box-shadow:0 1px 2px rgb(0 0 0/.06)}
    .picker{display:inline-flex;align-items:center;gap:.2rem;font-size:.9rem}
    .picker button{padding:.15rem .6rem;font-size:1.1rem;line-height:1.2;color:var(--soft)}
    .picker [aria-disabled=true]{opacity:.4;cursor:default}
    .picker button:hover,.segments button:hover,.tabs button:hover{color:var(--ink)}
    .columns{display:grid;grid-template-columns:minmax(0,22rem) minmax(0,1fr);gap:0 1rem;align-items:start}
    .columns>section:first-child{position:sticky;top:3.6rem}
    .titles{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;justify-content:space-between;
    margin-bottom:.4rem}
    .scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
    .layer{display:grid;grid-template-columns:1.6rem repeat(var(--heads),minmax(26px,1fr));gap:4px;margin:0 0 4px;
    align-items:center}
    .layer>span{font-size:.75rem;color:var(--soft);text-align:right;font-variant-numeric:tabular-nums}
    .layer button{padding:2px;border:1px solid var(--rule);border-radius:6px;background:var(--card);min-width:0}
    .layer canvas{display:block;width:100%;height:auto;image-rendering:pixelated;border-radius:3px}
    .layer button:hover{border-color:var(--soft)}
    .layer button[aria-pressed=true]{border-color:rgb(var(--orange));box-shadow:0 0 0 1px rgb(var(--orange))}
    .readout{min-height:3.2rem;margin:.2rem 0 .5rem;padding:.45rem .8rem;background:var(--faint);border-radius:8px;
    display:flex;gap:.2rem 1rem;flex-wrap:wrap;align-items:baseline;justify-content:space-between}
    .readout span{flex:1 1 60%;min-width:0;max-height:3em;overflow:hidden}
    .readout b{font-size:1.25rem;font-variant-numeric:tabular-nums}
    .map{border-collapse:separate;border-spacing:1px;font-size:.85rem}
    .map th{font-weight:400;color:var(--soft);white-space:nowrap;padding:0}
    .map tbody th{text-align:right;padding:0 .5rem 0 .2rem;position:sticky;left:0;background:var(--card);
    max-width:9rem;overflow:hidden;text-overflow:ellipsis;cursor:pointer}
    .map thead th{height:6.2rem;vertical-align:bottom;width:var(--cell)}
    .map thead span{display:block;writing-mode:vertical-rl;transform:rotate(180deg);max-height:6rem;overflow:hidden;
    margin:0 auto;line-height:1.1;padding:.3rem 0}
    .map td{width:var(--cell);min-width:var(--cell);height:var(--cell);padding:0;border-radius:3px;cursor:pointer;
    background-color:rgb(var(--blue)/calc(var(--w)*.97 + .03))}
    .map td.masked{background:none}.map td.unknown{background:repeating-linear-gradient(45deg,var(--faint) 0 2px,
    transparent 2px 5px)}
    .map th.on{color:var(--ink);font-weight:600}
    .map td.on,.map td:focus{outline:2px solid rgb(var(--orange));outline-offset:-1px}
    .lines{display:grid;grid-template-columns:minmax(0,auto) minmax(5rem,22rem) minmax(0,auto);justify-content:center}
    .lines ol{list-style:none;margin:0;padding:0;min-width:0}
    .lines li{height:30px}
    .lines button{height:28px;padding:0 .5rem;max-width:min(34vw,14rem);overflow:hidden;text-overflow:ellipsis;
    white-space:nowrap;border-radius:6px;font-size:.95rem}
    .lines ol:first-child{text-align:right}
    .lines button small{color:rgb(var(--orange));font-variant-numeric:tabular-nums}
    .lines button.on{border-color:rgb(var(--orange))}
    .lines svg{width:100%;display:block;overflow:visible}
    .lines path{fill:none;stroke:rgb(var(--blue));stroke-linecap:round;transition:opacity .12s}
    .lines path.dim{opacity:.06}.lines path.on{stroke:rgb(var(--orange))}
    .pair{display:flex;flex-wrap:wrap;gap:.4rem 1rem;font-size:.9rem}
    math{font-size:1.3rem}
    .scale{display:inline-block;width:6rem;height:.7rem;margin:0 .4rem;border-radius:3px;vertical-align:baseline;
    background:linear-gradient(90deg,rgb(var(--blue)/.03),rgb(var(--blue)))}
    .formula{margin:.6rem 0;overflow-x:auto}
    .recipe{margin:0;padding:0;list-style:none;counter-reset:step}
    .recipe>li{counter-increment:step;padding:.7rem 0;border-top:1px solid var(--rule)}
    .recipe h3::before{content:counter(step) ". "}
    .recipe h3{color:var(--ink);font-size:.95rem;font-weight:600}
    .strip{display:grid;grid-template-columns:5.6rem minmax(0,1fr);gap:.5rem;align-items:center;font-size:.82rem;
    margin:.15rem 0;color:var(--soft)}
    .strip>span{text-align:right;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
    .strip>div{display:flex;height:22px;border-radius:4px;overflow:hidden;background:var(--faint)}
    .strip i{flex:1 1 0;min-width:0}.strip i.on{box-shadow:inset 0 0 0 1.5px var(--ink)}
    .sum{font-variant-numeric:tabular-nums;margin:.4rem 0}
    .sum b{color:rgb(var(--orange))}
    .shares{width:100%;border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
    .shares th{font-weight:400;color:var(--soft);text-align:right;padding:.1rem .5rem}
    .shares td{padding:.1rem .5rem;text-align:right;white-space:nowrap}
    .shares td:last-child{width:45%}.shares th:first-child,.shares td:first-child{text-align:left}
    .shares button{padding:0 .3rem}.shares tr.on{color:rgb(var(--orange))}
    .shares .bar-line{display:block;height:.7rem;border-radius:3px;background:rgb(var(--blue))}
    .shares tr.on .bar-line{background:rgb(var(--orange))}
    details{margin-top:.6rem;font-size:.85rem}summary{cursor:pointer;color:var(--soft)}
    .numbers{font-variant-numeric:tabular-nums;border-collapse:collapse}
    .numbers td,.numbers th{padding:.05rem .6rem;text-align:right;font-weight:400}.numbers th{color:var(--soft)}
    .flow{line-height:2;max-height:11rem;overflow:auto}
    .flow button{padding:0 .15rem;border-radius:4px;margin-left:.28em}
    .flow button.joined{margin-left:0}
    .flow button.later{color:var(--soft);border-bottom:1px dotted var(--soft);border-radius:0}
    .flow button.special{color:var(--soft);font-size:.85em}
    .flow button[aria-current=step]{background:rgb(var(--orange)/.18);border-color:rgb(var(--orange))}
    .halves{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem 2rem}
    .bars{list-style:none;margin:0;padding:0;font-size:.92rem}
    .bars li{display:grid;grid-template-columns:minmax(4rem,9rem) minmax(3rem,1fr) 4.4rem;gap:.6rem;
    align-items:center;padding:.1rem 0}
    .bars span:first-child{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
    .bars .track{height:.75rem;border-radius:4px;background:var(--faint);overflow:hidden}
    .bars .track i{display:block;height:100%;background:rgb(var(--blue));border-radius:4px}
    .bars .value{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}
    .bars .on{font-weight:600}.bars .on .track i{background:rgb(var(--orange))}
    .chips{line-height:2.1}
    .chips span{display:inline-block;line-height:1.5;padding:.05rem .35rem;border-radius:5px;
    background:rgb(var(--blue)/calc(var(--w)*var(--wash)));margin-right:2px}
    .chips small{color:var(--soft)}
    .measures{border-collapse:separate;border-spacing:2px;font-size:.8rem;font-variant-numeric:tabular-nums}
    .measures th{font-weight:400;color:var(--soft);padding:0 .4rem;text-align:right;white-space:nowrap}
    .measures td{padding:0}
    .measures button{width:100%;min-width:3rem;padding:.2rem .35rem;border-radius:5px;text-align:right;
    background:rgb(var(--blue)/calc(var(--w)*var(--wash)))}
    .measures button[aria-pressed=true]{border-color:rgb(var(--orange))}
    .windowed{display:flex;gap:1rem;align-items:center;flex-wrap:wrap;margin:0 0 .6rem}
    .windowed>div{flex:1 1 14rem}
    .windowed canvas{width:160px;height:160px;border:1px solid var(--rule);border-radius:6px;
    image-rendering:pixelated;touch-action:none;cursor:crosshair}
    @media (max-width:860px){.columns{grid-template-columns:minmax(0,1fr)}
    .columns>section:first-child{position:static}}
    @media (max-width:600px){body{padding:1rem .6rem 2rem}.card{padding:.8rem .75rem;border-radius:10px}
    h1{font-size:1.3rem}.readout{height:4.4rem;align-items:center}.strip{grid-template-columns:3.9rem minmax(0,1fr)}
    .segments{display:flex}
    .segments button{flex:1 1 auto;padding:.25rem .4rem;font-size:.82rem}.bar{gap:.3rem .6rem}
    .shares .score{display:none}.map tbody th{max-width:6rem}}
    @media (prefers-reduced-motion:reduce){*{transition:none!important}}
    """#
}
