import type { Chart } from './section.ts'

const WIDTH = 900

/** Draws a chart as SVG markup for an HTML page; `id` is its own in the page. */
export type DrawChart = (chart: Chart, id: string) => string

/** Loads the library of charts, which takes a while, only when there is something to draw. Every chart is disposed of at once. */
export async function loadCharts(): Promise<DrawChart> {
  const [
    { init, use },
    { BarChart, HeatmapChart, LineChart, ScatterChart },
    { GridComponent, LegendComponent, VisualMapComponent },
    { SVGRenderer },
  ] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ])
  use([
    ...[BarChart, HeatmapChart, LineChart, ScatterChart],
    ...[GridComponent, LegendComponent, VisualMapComponent],
    SVGRenderer,
  ])
  return ({ title, height, option }, id) => {
    const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
    try {
      chart.setOption(option)
      return forPage(chart.renderToSVGString(), title, id)
    } finally {
      chart.dispose()
    }
  }
}

/** Takes off what only a live page has a use for, and says what the picture shows. */
function forPage(svg: string, title: string, id: string): string {
  const own = svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (?:xmlns(?::xlink)?|xml:space|version|baseProfile|class|ecmeta_\w+)="[^"]*"/g, '')
    // Ids are counted up over the whole process.
    .replace(/\bzr\d+-/g, `${id}-`)
  return own.replace(
    /^<svg [^>]*viewBox="([^"]*)"[^>]*>/,
    (_, box: string) =>
      `<svg viewBox="${box}" role="img" aria-labelledby="${id}-title"><title id="${id}-title">${escapeText(title)}</title>`,
  )
}

/** Text as HTML has it, between tags and in quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
