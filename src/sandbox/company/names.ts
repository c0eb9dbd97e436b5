/** Invented names; any likeness to a real company is chance, and every domain ends in `.example`. */

export const FIRST_NAMES =
  'Ada|Adil|Aiko|Alba|Amara|Anders|Anika|Arjun|Astrid|Bastian|Beata|Bruno|Camila|Cem|Chidi|Clara|Dagny|Dario|Dina|Edda|Elias|Elif|Emre|Esther|Farah|Felix|Freya|Gideon|Greta|Hana|Henrik|Ida|Ilse|Imani|Ines|Ivo|Jamal|Jana|Joon|Kaia|Karim|Katja|Lars|Leila|Linus|Lucia|Maja|Marek|Mei|Milan|Mira|Nadia|Niko|Noor|Olga|Omar|Pavel|Petra|Priya|Quinn|Rafael|Rania|Rosa|Ruben|Samir|Sana|Selma|Sofia|Stellan|Tamar|Teo|Tilda|Uma|Viggo|Wanda|Yara|Yusuf|Zofia'.split(
    '|',
  )

export const LAST_NAMES =
  'Abernathy|Achterberg|Adeyemi|Almeida|Aronson|Bachmann|Balogun|Barros|Bexley|Bjornstad|Brandt|Carrasco|Castellan|Chaudhry|Dahlgren|Delacroix|Demir|Dragan|Eklund|Espinoza|Farkas|Ferrante|Fontaine|Gallo|Garibay|Grunwald|Haddad|Hallberg|Hartono|Holloway|Ibarra|Ito|Jankowski|Jovanovic|Kaplan|Kaspersen|Keller|Kimura|Kovac|Laurent|Lindqvist|Lombardi|Maeda|Marchetti|Mbeki|Moreau|Nakata|Nazari|Novotny|Oduya|Okafor|Orlov|Ortega|Pahlavi|Pellegrini|Petrov|Quiroga|Rahman|Reinholt|Rossetti|Sandoval|Sato|Schreiber|Silva|Solberg|Takeda|Tanaka|Thorne|Udo|Valdez|Varga|Verhoeven|Wahlberg|Weiss|Winther|Yamada|Yilmaz|Zeller|Ziegler'.split(
    '|',
  )

const STEMS =
  'Alder|Amber|Arbor|Argent|Ashen|Basalt|Birch|Bramble|Brindle|Cedar|Cinder|Cobalt|Copper|Coral|Crane|Crimson|Dapple|Drift|Dusk|Ember|Falcon|Fennel|Fern|Flint|Gable|Garnet|Gilded|Glass|Granite|Hazel|Heath|Heron|Hollow|Indigo|Iron|Ivory|Juniper|Kestrel|Lantern|Larch|Linden|Lumen|Maple|Marble|Meadow|Mica|Moss|Nettle|North|Oaken|Ochre|Onyx|Opal|Orchard|Osprey|Otter|Pebble|Pine|Plum|Quartz|Quill|Raven|Reed|Ridge|River|Robin|Rowan|Russet|Saffron|Sage|Slate|Sorrel|Sparrow|Spruce|Sterling|Stone|Summit|Swift|Tamarind|Thistle|Thorn|Timber|Topaz|Umber|Vale|Velvet|Violet|Walnut|Wander|Willow|Winter|Wren'.split(
    '|',
  )
const HEADS =
  'bank|bay|beam|bell|bench|bloom|bridge|brook|burrow|cast|court|craft|crest|croft|dale|deck|field|ford|forge|gate|glen|grove|harbor|haven|hill|house|key|lane|leaf|light|line|loft|mark|mill|mont|peak|point|port|rise|root|shore|spire|spring|stead|strand|track|vista|ward|way|well|works|yard'.split(
    '|',
  )
const FORMS =
  'Analytics|Biotech|Capital|Consulting|Foods|Freight|Health|Hotels|Insurance|Labs|Logistics|Media|Motors|Networks|Retail|Robotics|Schools|Software|Studios|Systems|Textiles|Travel'.split(
    '|',
  )

/** A company by its running number: names and domains are unique up to ten million. */
export function companyName(index: number): { readonly name: string; readonly domain: string } {
  const combinations = STEMS.length * HEADS.length * FORMS.length
  const round = Math.floor(index / combinations)
  // A step that shares no factor with the number of combinations walks through all of them, far from each other.
  const place = ((index % combinations) * 61_643 + 7_919) % combinations
  const stem = STEMS[place % STEMS.length]
  const head = HEADS[Math.floor(place / STEMS.length) % HEADS.length]
  const form = FORMS[Math.floor(place / (STEMS.length * HEADS.length))]
  const name = `${stem}${head} ${form}${round === 0 ? '' : ` ${romanNumeral(round + 1)}`}`
  return { name, domain: `${name.toLowerCase().replaceAll(' ', '-')}.example` }
}

function romanNumeral(n: number): string {
  const parts: readonly (readonly [number, string])[] = [
    [100, 'C'],
    [90, 'XC'],
    [50, 'L'],
    [40, 'XL'],
    [10, 'X'],
    [9, 'IX'],
    [5, 'V'],
    [4, 'IV'],
    [1, 'I'],
  ]
  let rest = n
  let text = ''
  for (const [value, letters] of parts) {
    while (rest >= value) {
      text += letters
      rest -= value
    }
  }
  return text
}

/** Country codes with a city each, and how many of our accounts sit there. */
export const PLACES: readonly (readonly [{ readonly country: string; readonly city: string }, number])[] = [
  [{ country: 'US', city: 'Columbus' }, 34],
  [{ country: 'GB', city: 'Leeds' }, 10],
  [{ country: 'DE', city: 'Kassel' }, 7],
  [{ country: 'FR', city: 'Nantes' }, 5],
  [{ country: 'CA', city: 'Halifax' }, 5],
  [{ country: 'AU', city: 'Hobart' }, 4],
  [{ country: 'NL', city: 'Utrecht' }, 3],
  [{ country: 'SE', city: 'Malmo' }, 3],
  [{ country: 'ES', city: 'Murcia' }, 3],
  [{ country: 'BR', city: 'Curitiba' }, 3],
  [{ country: 'IT', city: 'Parma' }, 2],
  [{ country: 'PL', city: 'Lodz' }, 2],
  [{ country: 'IL', city: 'Haifa' }, 2],
  [{ country: 'IN', city: 'Pune' }, 2],
  [{ country: 'JP', city: 'Sendai' }, 2],
  [{ country: 'MX', city: 'Puebla' }, 2],
  [{ country: 'IE', city: 'Cork' }, 1],
  [{ country: 'DK', city: 'Aarhus' }, 1],
  [{ country: 'NO', city: 'Bergen' }, 1],
  [{ country: 'FI', city: 'Turku' }, 1],
  [{ country: 'BE', city: 'Ghent' }, 1],
  [{ country: 'CH', city: 'Bern' }, 1],
  [{ country: 'AT', city: 'Graz' }, 1],
  [{ country: 'PT', city: 'Braga' }, 1],
  [{ country: 'CZ', city: 'Brno' }, 1],
  [{ country: 'SG', city: 'Singapore' }, 1],
  [{ country: 'NZ', city: 'Dunedin' }, 1],
  [{ country: 'ZA', city: 'Durban' }, 1],
  [{ country: 'AR', city: 'Rosario' }, 1],
  [{ country: 'KR', city: 'Busan' }, 1],
]

export const INDUSTRIES =
  'Technology|Consulting|Finance|Healthcare|Manufacturing|Retail|Education|Media|Construction|Engineering|Insurance|Transportation|Hospitality|Energy|Government'.split(
    '|',
  )

export const TITLES =
  'Operations Manager|Head of Operations|COO|Project Manager|PMO Lead|IT Director|Marketing Manager|VP Product|Team Lead|CFO|HR Manager|Chief of Staff'.split(
    '|',
  )

export const LOSS_REASONS =
  'Price|Missing feature|No decision|Lost to competitor|Budget cut|No champion|Security requirements|Timing'.split('|')
export const COMPETITORS = 'Planwright|Taskharbor|Gridloom|Sheets and mail|In-house tool'.split('|')
export const NEXT_STEPS =
  'Send security questionnaire|Demo for the second team|Call with procurement|Proposal to the CFO|Agree on pilot scope|Legal review of the order form|Workshop with IT|Reference call'.split(
    '|',
  )
