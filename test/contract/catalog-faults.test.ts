import { describe, expect, it } from 'vitest'
import { expectAllRead, expectOnlyThatFault, readCases } from './fault-table.ts'
import { faultsAfter } from './shop-catalog.ts'

const withinParts = `
an unknown key of the catalog
  colour = 1 => colour: there is no field "colour" here
an unknown key of a meter
  meters.1.colour = 1 => meters.tokens.colour: there is no field "colour" here
an unknown key of an event type
  eventTypes.0.price = 1 => eventTypes.answer.price: there is no field "price" here
an unknown key of a plan
  plans.0.price = 1 => plans.pro.price: there is no field "price" here
an unknown key of a limit
  plans.0.limits.1.each = 1 => plans.pro.limits[1].each: there is no field "each" here
an unknown key of a contribution
  eventTypes.0.meters.visitors.of = 1 => eventTypes.answer.meters.visitors.of: there is no field
an unknown key of a metered feature
  plans.0.features.chat.of = 1 => plans.pro.features.chat.of: there is no field "of" here
an unknown key of a model price
  modelPrices.0.usd = 1 => modelPrices[0].usd: there is no field "usd" here
an unknown key of a price tier
  modelPrices.0.tiers.1.usd = 1 => modelPrices[0].tiers[1].usd: there is no field "usd" here
a missing field
  eventTypes.0.category = => eventTypes.answer.category: is required
bad syntax of the catalog key
  key = "Shop" => key: must be a lower-case letter
bad syntax of a meter key
  meters.6 = {"key": "1x", "unit": "x", "aggregation": "sum"} => meters[6].key: must be a lower-case
bad syntax of an event type key
  eventTypes.0.key = "an answer" => eventTypes[0].key: must be a lower-case letter
bad syntax of a category
  eventTypes.0.category = "Chat" => eventTypes.answer.category: must be a lower-case letter
bad syntax of a feature key
  plans.0.features.a b = true => plans.pro.features["a b"]: must be a lower-case letter
a key of 65 characters
  key = "a1234567890123456789012345678901234567890123456789012345678901234" => key: must be
bad syntax of a multiplier
  eventTypes.0.multipliers = ["a b"] => eventTypes.answer.multipliers[0]: must be a letter
a multiplier that is a reserved word
  eventTypes.0.multipliers = ["constructor"] => eventTypes.answer.multipliers[0]: is a reserved word
a bonus that is a reserved word
  eventTypes.0.bonuses = {"prototype": 1} => eventTypes.answer.bonuses.prototype: is a reserved word
a key that is a reserved word
  key = "constructor" => key: is a reserved word
an unknown aggregation
  meters.2.aggregation = "mean" => meters.hours.aggregation: must be one of sum, count
a scale above 6
  meters.2.scale = 7 => meters.hours.scale: must be at most 6
an unknown window
  plans.0.limits.1.window = "week" => plans.pro.limits[1].window: must be one of minute, hour
bad syntax of the feature that an event type requires
  eventTypes.0.requires = "S S O" => eventTypes.answer.requires: must be a lower-case letter
an unknown behavior
  plans.0.limits.1.behavior = "firm"
    => plans.pro.limits[1].behavior: must be one of hard, soft, overage
negative base credits
  eventTypes.0.baseCredits = -1 => eventTypes.answer.baseCredits: must not be negative
a negative bonus
  eventTypes.0.bonuses.echo = "-5" => eventTypes.answer.bonuses.echo: must not be negative
a negative price
  plans.0.monthlyPriceUsd = "-1" => plans.pro.monthlyPriceUsd: must not be negative
a negative overage rate
  plans.0.overageRates.credits = "-1" => plans.pro.overageRates.credits: must not be negative
a negative limit
  plans.0.limits.1.max = -1 => plans.pro.limits[1].max: must be at least 0
a negative contribution
  eventTypes.0.meters.api_calls = -1 => eventTypes.answer.meters.api_calls: must be at least 0
a negative model price
  modelPrices.0.inputUsdPerMillion = "-1" => modelPrices[0].inputUsdPerMillion: must not be negative
base credits finer than a micro-credit
  eventTypes.0.baseCredits = "1e-7"
    => eventTypes.answer.baseCredits: must have no more than 6 decimals
a price finer than a cent
  plans.0.monthlyPriceUsd = "9.001" => plans.pro.monthlyPriceUsd: must have no more than 2 decimals
an overage rate finer than a pico-dollar
  plans.0.overageRates.credits = "1e-13"
    => plans.pro.overageRates.credits: must have no more than 12
base credits that are no number
  eventTypes.0.baseCredits = NaN => eventTypes.answer.baseCredits: must be a decimal number
base credits that are no decimal
  eventTypes.0.baseCredits = "ten" => eventTypes.answer.baseCredits: must be a decimal number
huge base credits
  eventTypes.0.baseCredits = 1e7 => eventTypes.answer.baseCredits: must be at most 1000000
an infinite limit
  plans.0.limits.1.max = Infinity => plans.pro.limits[1].max: must be a finite number
a limit past what a double holds
  plans.0.limits.1.max = 1e16 => plans.pro.limits[1].max: must be at most 9007199254740991
a contribution that is none
  eventTypes.0.meters.tokens = "one"
    => eventTypes.answer.meters.tokens: must be a number, "quantity"
a feature that is none
  plans.0.features.sso = null => plans.pro.features.sso: must be true, false
a name that is blank
  plans.0.name = " " => plans.pro.name: must not begin or end with a space
a text that no database holds
  plans.0.description = "a\\u0000b" => plans.pro.description: must be well-formed Unicode
a unit that no database holds
  meters.1.unit = "\\ud800" => meters.tokens.unit: must be well-formed Unicode
a feature that no database holds
  plans.0.features.support = "a\\u0000b" => plans.pro.features.support: must be well-formed Unicode
a model with spaces around its name
  modelPrices.0.model = "m1 " => modelPrices[0].model: must not begin or end with a space
`

const betweenParts = `
a duplicate meter
  meters.6 = {"key": "hours", "unit": "x", "aggregation": "sum", "scale": 2} => meters[6].key: there
a duplicate event type
  eventTypes.1 = {"key": "answer", "name": "A", "category": "a", "baseCredits": 0}
    => eventTypes[1].key: there
a duplicate plan
  plans.2 = {"key": "max", "name": "Max", "monthlyPriceUsd": null, "limits": []}
    => plans[2].key: there is already a plan "max"
a second limit on a meter in one window
  plans.0.limits.2.window = "minute" => plans.pro.limits[2]: the plan already limits "api_calls" by
a duplicate model price
  modelPrices.1 = {"provider":"acme","model":"m1","inputUsdPerMillion":1,"outputUsdPerMillion":2}
    => modelPrices[1]: there is already a price of acme m1
a multiplier listed twice
  eventTypes.0.multipliers = ["a", "b", "a"]
    => eventTypes.answer.multipliers[2]: "a" is listed twice
a property that is both multiplier and bonus
  eventTypes.0.bonuses.complexity = 1
    => eventTypes.answer.bonuses.complexity: "complexity" is a multiplier too
an unknown meter in a limit
  plans.0.limits.1.meter = "calls" => plans.pro.limits[1].meter: there is no meter "calls"
an unknown meter in overage rates
  plans.0.overageRates.calls = "1" => plans.pro.overageRates.calls: there is no meter "calls"
an unknown meter in an event type
  eventTypes.0.meters.calls = 1 => eventTypes.answer.meters.calls: there is no meter "calls"
an unknown meter in a feature
  plans.0.features.chat.metered = "calls"
    => plans.pro.features.chat.metered: there is no meter "calls"
an overage limit without a rate
  plans.0.overageRates = {} => plans.pro.limits[0]: overage needs a rate for "credits"
an unlimited overage limit
  plans.0.limits.0.max = null => plans.pro.limits[0].max: an unlimited limit cannot have overage
a meter with two overage limits
  plans.0.limits.3 = {"meter": "credits", "window": "day", "max": 1, "behavior": "overage"}
    => plans.pro.limits[3]: use of "credits" past two overage limits
a second overage limit in one window, which is one mistake
  plans.0.limits.3 = {"meter": "credits", "window": "period", "max": 1, "behavior": "overage"}
    => plans.pro.limits[3]: the plan already limits "credits" by the "period"
a required feature that no plan mentions
  eventTypes.0.requires = "teleport" => eventTypes.answer.requires: no plan has a feature "teleport"
an upgrade to an unknown plan
  plans.0.upgradesTo.1 = "ultra" => plans.pro.upgradesTo[1]: there is no plan "ultra"
an upgrade to the plan itself
  plans.0.upgradesTo.1 = "pro" => plans.pro.upgradesTo[1]: a plan cannot be upgraded to itself
an upgrade listed twice
  plans.0.upgradesTo.1 = "max" => plans.pro.upgradesTo[1]: "max" is listed twice
the credits meter listed by an event type
  eventTypes.0.meters.credits = 1 => eventTypes.answer.meters.credits: every event adds its credits
a credits meter that is not a sum
  meters.0.aggregation = "max" => meters.credits.aggregation: the meter "credits" must have the aggregation "sum"
a credits meter of another scale
  meters.0.scale = 2 => meters.credits.scale: the meter "credits" must have scale 6
a count of fractions
  meters.3.scale = 1 => meters.api_calls.scale: a "count" meter must have scale 0
a unique count of fractions
  meters.4.scale = 1 => meters.visitors.scale: a "unique" meter must have scale 0
half a count
  eventTypes.0.meters.api_calls = 0.5 => eventTypes.answer.meters.api_calls: must be a whole number
a contribution finer than its meter
  eventTypes.0.meters.hours = 0.125
    => eventTypes.answer.meters.hours: must have no more than 2 decimals
a limit finer than its meter
  plans.0.limits.1.max = 1.5 => plans.pro.limits[1].max: must be a whole number
a flow past the largest that one event may add
  eventTypes.0.meters.hours = 10000000000.01 => eventTypes.answer.meters.hours: is too large
a limit past what a meter can sum
  plans.0.limits.0.max = 2e12 => plans.pro.limits[0].max: is too large for the meter "credits"
distinct values for a meter that adds up
  eventTypes.0.meters.tokens = {"unique": "userId"}
    => eventTypes.answer.meters.tokens: only a "unique"
a number for a meter of distinct values
  eventTypes.0.meters.visitors = 1 => eventTypes.answer.meters.visitors: a "unique" meter counts
a quantity for a meter of distinct values
  eventTypes.0.meters.visitors = "quantity" => eventTypes.answer.meters.visitors: a "unique" meter
price tiers out of order
  modelPrices.0.tiers.1.aboveInputTokens = 1000
    => modelPrices[0].tiers[1].aboveInputTokens: must be higher
`

describe('a fault within a part is named:', () => {
  it.each(readCases(withinParts))('$name', expectOnlyThatFault)
})

describe('a fault between the parts is named:', () => {
  it.each(readCases(betweenParts))('$name', expectOnlyThatFault)

  it('credits without a meter, in the base and in each bonus', () => {
    const faults = faultsAfter((document) => {
      document.meters.shift()
      document.plans[0].limits.shift()
      document.plans[0].overageRates = {}
    })
    expect(faults).toEqual([
      {
        field: 'eventTypes.answer.baseCredits',
        message: expect.stringMatching(/no meter "credits"/),
      },
      {
        field: 'eventTypes.answer.bonuses.echo',
        message: expect.stringMatching(/no meter "credits"/),
      },
    ])
  })
})

it('the tests cover every fault of the tables above', () => {
  expectAllRead(withinParts)
  expectAllRead(betweenParts)
})
