/**
 * Public suffixes of two labels under which companies register names, beside those of one label (`com`, `de`). From the
 * ICANN part of the Public Suffix List (publicsuffix.org), the countries in which companies commonly sit one level down.
 */
const TWO_LABEL_SUFFIXES = new Set(
  [
    'ac.at co.at or.at',
    'asn.au com.au edu.au gov.au id.au net.au org.au',
    'com.ar edu.ar gob.ar net.ar org.ar',
    'com.br edu.br gov.br ind.br net.br org.br',
    'com.cn edu.cn gov.cn net.cn org.cn',
    'com.co edu.co gov.co net.co org.co',
    'com.eg edu.eg net.eg org.eg',
    'com.es edu.es nom.es org.es',
    'com.hk edu.hk net.hk org.hk',
    'ac.id co.id go.id or.id web.id',
    'ac.il co.il gov.il net.il org.il',
    'ac.in co.in edu.in firm.in gov.in ind.in net.in org.in',
    'ac.jp ad.jp co.jp ed.jp go.jp gr.jp lg.jp ne.jp or.jp',
    'ac.ke co.ke go.ke ne.ke or.ke',
    'ac.kr co.kr go.kr ne.kr or.kr pe.kr re.kr',
    'com.mx edu.mx gob.mx net.mx org.mx',
    'com.my edu.my gov.my net.my org.my',
    'com.ng edu.ng gov.ng net.ng org.ng',
    'ac.nz co.nz geek.nz govt.nz net.nz org.nz school.nz',
    'com.pe edu.pe gob.pe net.pe org.pe',
    'com.ph edu.ph gov.ph net.ph org.ph',
    'com.pk edu.pk gov.pk net.pk org.pk',
    'com.pl edu.pl gov.pl net.pl org.pl',
    'com.pt edu.pt gov.pt org.pt',
    'com.sa edu.sa gov.sa net.sa org.sa',
    'com.sg edu.sg gov.sg net.sg org.sg',
    'ac.th co.th go.th in.th net.th or.th',
    'com.tr edu.tr gov.tr net.tr org.tr',
    'com.tw edu.tw gov.tw net.tw org.tw',
    'com.ua edu.ua gov.ua net.ua org.ua',
    'ac.uk co.uk gov.uk ltd.uk me.uk net.uk nhs.uk org.uk plc.uk sch.uk',
    'com.uy edu.uy gub.uy net.uy org.uy',
    'com.ve edu.ve gob.ve net.ve org.ve',
    'com.vn edu.vn gov.vn net.vn org.vn',
    'ac.za co.za gov.za net.za org.za web.za',
  ].flatMap((line) => line.split(' ')),
)

const HOST = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/)?(?:[^/?#@]*@)?([^/?#:@]+)(?::\d*)?(?:[/?#].*)?$/
const LABEL = /^(?!-)[a-z0-9\u00a1-\uffff-]{1,63}(?<!-)$/

/**
 * The name a company registered, in lower case, out of a web address, a host or an e-mail address: `acme.co.uk` for
 * `https://www.shop.acme.co.uk/de?x`, `acme.com` for `anna@mail.acme.com`. `undefined` when there is none: no dot, an
 * address of numbers, a bare public suffix, anything that is no host.
 *
 * Goes by the last labels and a short list of two-label public suffixes, not by the whole Public Suffix List: under a
 * suffix that is missing here, the suffix itself comes back (`kyoto.jp` for `acme.kyoto.jp`).
 */
export function registrableDomain(text: string): string | undefined {
  const host = HOST.exec(text.trim().toLowerCase())?.[1]?.replace(/\.$/, '')
  if (host === undefined) return undefined
  const labels = host.split('.')
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label)) || /^\d+$/.test(labels.at(-1) ?? ''))
    return undefined
  const suffixLabels = TWO_LABEL_SUFFIXES.has(labels.slice(-2).join('.')) ? 2 : 1
  return labels.length > suffixLabels ? labels.slice(-suffixLabels - 1).join('.') : undefined
}
