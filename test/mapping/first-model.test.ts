import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { firstModel, type LiveStage } from '../../src/mapping/first-model.ts'

const SHIPPED = readFileSync('mappings/model.yaml', 'utf8')

test('the model of Salesforce alone is the shipped one without a word of HubSpot', () => {
  const model = firstModel(SHIPPED, ['salesforce'], new Map())
  expect(model).toBe(SHIPPED.replace(/^ {2}# (hubspot:| {2}- \{ name: ).*\n/gm, ''))
  expect(model).not.toMatch(/hubspot/i)
})

test('the model of HubSpot alone lists the stages of the account, quoted where YAML needs it', () => {
  const stage = (pipeline: string, name: string, state: LiveStage['state']) => ({ pipeline, name, state })
  const one = [
    stage('Sales', 'Demo, booked: yes', 'open'),
    stage('Sales', 'Signed', 'won'),
    stage('Sales', 'No', 'lost'),
  ]
  const of = (stages: readonly LiveStage[]) => {
    const text = firstModel(SHIPPED, ['hubspot'], new Map([['hubspot', stages]]))
    expect(text).not.toMatch(/salesforce/i)
    return parse(text)
  }
  const list = [
    { name: 'Demo, booked: yes', funnelStage: 'opportunity' },
    { name: 'Signed', funnelStage: 'won' },
    { name: 'No', funnelStage: 'lost' },
  ]
  expect(of([...one, stage('Sales', 'Signed', 'open')])).toMatchObject({
    stages: { hubspot: list },
    schedules: { 'source hubspot': '*/15 * * * *' },
    quota_share: { hubspot: 0.5 },
  })
  const several = of([...one, stage('Partner: EU', 'Signed', 'won')])
  expect(several.stages.hubspot).toEqual({ Sales: list, 'Partner: EU': [{ name: 'Signed', funnelStage: 'won' }] })
})

test('a model of both lists the stages that ship where an account told none', () => {
  const { stages } = parse(firstModel(SHIPPED, ['salesforce', 'hubspot'], new Map()))
  expect(Object.keys(stages)).toEqual(['salesforce', 'hubspot'])
  expect(stages.hubspot[0]).toEqual({ name: 'Appointment Scheduled', funnelStage: 'opportunity' })
})
