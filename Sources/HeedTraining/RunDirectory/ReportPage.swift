import HeedInspection

/// A page without scripts or anything from elsewhere: the frame that all reports have.
package struct ReportPage: Sendable {
  /// What kind of report it is, such as "training report".
  package var kind: String
  /// What it is about.
  package var title: String
  /// What stands below the title, a paragraph each.
  package var lead: [String]
  /// The rest, as HTML.
  package var body: String

  /// A page.
  package init(kind: String, title: String, lead: [String], body: String) {
    self.kind = kind
    self.title = title
    self.lead = lead
    self.body = body
  }

  /// The page as a file.
  package var html: String {
    let lead = lead.map { "<p class=\"lead\">\(MarkupText.escape($0))</p>" }.joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(MarkupText.escape(title)) – Heed</title>
      <style>
      \(LineChart.colours)
      \(LineChart.stylesheet)
      \(Self.stylesheet)
      </style>
      </head>
      <body>
      <header><p class="brand">Heed · \(MarkupText.escape(kind))</p><h1>\(MarkupText.escape(title))</h1>
      \(lead)</header>
      \(body)
      </body>
      </html>

      """
  }

  private static let stylesheet = """
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:1060px;padding:1.5rem 1rem 3rem;background:var(--page);color:var(--ink);
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
    h1{font-size:1.7rem;line-height:1.2;margin:.1rem 0 .3rem}
    h2{font-size:1.05rem;margin:0 0 .5rem}
    small,.brand,.lead{color:var(--soft)}
    h2 small{font-weight:400;font-size:.8rem}
    .brand{margin:0;font-size:.85rem;letter-spacing:.04em}.lead{margin:0 0 1.2rem}
    section{margin:0 0 1.4rem}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.7rem}
    .tile,figure,details,dl,table.samples,.events{background:var(--card);border:1px solid var(--rule);
    border-radius:10px}
    .tile{padding:.7rem .9rem;display:flex;flex-direction:column}
    .tile span,.tile small{font-size:.8rem;color:var(--soft)}
    .tile b{font-size:1.5rem;line-height:1.25;font-variant-numeric:tabular-nums}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:.9rem}
    figure{margin:0;padding:.8rem .9rem .5rem}
    figcaption{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline;font-size:.85rem}
    figcaption h2{margin:0 auto 0 0}
    svg{display:block;width:100%;height:auto;margin-top:.4rem}
    .key{color:var(--soft)}.key b{color:var(--ink);font-variant-numeric:tabular-nums}
    .key::before{content:"";display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.35em;
    background:var(--line)}.key.dash::before{background:none;border:2px dashed var(--line)}
    table.samples{width:100%;border-collapse:separate;border-spacing:0;table-layout:fixed;font-size:.92rem}
    th,td{text-align:left;vertical-align:top;padding:.5rem .8rem}
    th{color:var(--soft);font-weight:500;font-size:.8rem}
    td{border-top:1px solid var(--rule)}
    table.samples td:nth-child(2){font-weight:500}table.samples td:nth-child(3){color:var(--soft)}
    dl{margin:0;padding:.4rem .9rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));
    column-gap:2rem}
    dl div{display:flex;justify-content:space-between;gap:1rem;padding:.25rem 0}
    dt{color:var(--soft)}dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
    .events{margin:0;padding:.6rem .9rem;list-style:none;font-size:.92rem}
    .events b{display:inline-block;min-width:4.5em;color:var(--soft);font-weight:500;
    font-variant-numeric:tabular-nums}
    details{padding:.7rem .9rem}summary{cursor:pointer;font-weight:600}
    pre{overflow-x:auto;font:.85rem/1.45 ui-monospace,Menlo,Consolas,monospace;margin:.6rem 0 0;
    overflow-wrap:normal}
    @media (max-width:600px){table.samples thead{display:none}table.samples tr{display:block;padding:.5rem 0;
    border-top:1px solid var(--rule)}table.samples tr:first-child{border-top:0}
    table.samples td{display:block;border:0;padding:.15rem .9rem}
    table.samples td::before{content:attr(data-label);display:block;color:var(--soft);font-size:.75rem;
    font-weight:400}}
    .scroll{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:10px;margin:0 0 1rem}
    table.figures{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums;
    overflow-wrap:normal}
    table.figures caption{text-align:left;padding:.6rem .8rem .2rem;font-weight:600;font-size:.92rem}
    table.figures th,table.figures td{padding:.35rem .8rem;vertical-align:baseline}
    table.figures th[scope=row]{color:var(--ink);font-size:inherit;font-weight:500;border-top:1px solid var(--rule)}
    table.figures .number{text-align:right;white-space:nowrap}
    figure details{border:0;padding:.2rem 0 .4rem;font-size:.85rem}figure summary{font-weight:400;color:var(--soft)}
    figure details .scroll{margin:.4rem 0 0}figure .note{color:var(--soft);font-size:.8rem;margin:.2rem 0 0}
    h3{font-size:1rem;margin:0 0 .4rem}h3 small{font-weight:400;font-size:.8rem}figcaption h3{margin:0 auto 0 0}
    .part>p{max-width:46rem;margin:0 0 .8rem}.part>h2{font-size:1.25rem;margin:1.6rem 0 .6rem}
    .part>.charts{margin:0 0 1rem}
    """
}

extension LineChart {
  /// The colours of a page and its lines, light or dark.
  package static let colours = """
    :root{--page:#fbfbf9;--card:#fff;--ink:#1d1d1f;--soft:#5f6066;--rule:#e4e4df;--a:#1f6fb8;--b:#c2571a;--c:#2c7f3f;
    --d:#8a43ad;--e:#927000;--f:#0b7f86;--g:#b8325f;--h:#66666d}
    @media (prefers-color-scheme:dark){:root{--page:#141517;--card:#1d1f22;--ink:#ececec;--soft:#a3a6ad;
    --rule:#33363b;--a:#6cb2f2;--b:#f2a065;--c:#74c98a;--d:#cf98ec;--e:#dcb844;--f:#5cc9cf;--g:#f28bb0;--h:#b4b4bb}}
    """

  /// How the parts of a chart look.
  package static let stylesheet = """
    .a{--line:var(--a)}.b{--line:var(--b)}.c{--line:var(--c)}.d{--line:var(--d)}.e{--line:var(--e)}
    .f{--line:var(--f)}.g{--line:var(--g)}.h{--line:var(--h)}
    .grid{stroke:var(--rule);stroke-width:1;fill:none}
    text.tick{fill:var(--soft);font-size:11.5px}
    .line,.raw{fill:none;stroke:var(--line);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
    .raw{opacity:.28;stroke-width:1}.line.dash{stroke-dasharray:6 4}
    .dot{fill:var(--line);stroke:var(--card);stroke-width:1}.band{fill:var(--line);opacity:.16;stroke:none}
    """
}
