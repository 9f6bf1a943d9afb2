import type { Route } from './route.ts'
import { apiKeysCreate } from './routes/api-keys.create.ts'
import { configApply } from './routes/config.apply.ts'
import { configDiff } from './routes/config.diff.ts'
import { configRead } from './routes/config.read.ts'
import { configRefresh } from './routes/config.refresh.ts'
import { configVersions } from './routes/config.versions.ts'
import { demoTrackUsage } from './routes/demo.track-usage.ts'
import { docsRead } from './routes/docs.read.ts'
import { eventTypesCreate } from './routes/event-types.create.ts'
import { eventTypesGet } from './routes/event-types.get.ts'
import { eventTypesGetInCatalog } from './routes/event-types.get-in-catalog.ts'
import { eventTypesList } from './routes/event-types.list.ts'
import { eventTypesUpdate } from './routes/event-types.update.ts'
import { eventTypesUpdateInCatalog } from './routes/event-types.update-in-catalog.ts'
import { healthLive } from './routes/health.live.ts'
import { healthReady } from './routes/health.ready.ts'
import { limitsOverride } from './routes/limits.override.ts'
import { metricsRead } from './routes/metrics.read.ts'
import { modelPricesList } from './routes/model-prices.list.ts'
import { modelPricesSet } from './routes/model-prices.set.ts'
import { openapiRead } from './routes/openapi.read.ts'
import { organizationsCreate } from './routes/organizations.create.ts'
import { organizationsGet } from './routes/organizations.get.ts'
import { plansCreate } from './routes/plans.create.ts'
import { plansGet } from './routes/plans.get.ts'
import { plansGetInCatalog } from './routes/plans.get-in-catalog.ts'
import { plansList } from './routes/plans.list.ts'
import { plansUpdate } from './routes/plans.update.ts'
import { plansUpdateInCatalog } from './routes/plans.update-in-catalog.ts'
import { usageCheck } from './routes/usage.check.ts'
import { usageCurrent } from './routes/usage.current.ts'
import { usageExplain } from './routes/usage.explain.ts'
import { usageExtend } from './routes/usage.extend.ts'
import { usageRecord } from './routes/usage.record.ts'
import { usageRelease } from './routes/usage.release.ts'
import { usageReserve } from './routes/usage.reserve.ts'
import { usageReverse } from './routes/usage.reverse.ts'
import { usageSettle } from './routes/usage.settle.ts'
import { usageTrack } from './routes/usage.track.ts'

/** Every operation, in the order of the reference. */
export const routes: readonly Route[] = [
  usageCheck,
  usageTrack,
  usageReserve,
  usageExtend,
  usageSettle,
  usageRelease,
  usageRecord,
  usageReverse,
  usageExplain,
  usageCurrent,
  organizationsCreate,
  organizationsGet,
  apiKeysCreate,
  limitsOverride,
  configRead,
  configApply,
  configDiff,
  configVersions,
  configRefresh,
  eventTypesList,
  eventTypesCreate,
  eventTypesGet,
  eventTypesGetInCatalog,
  eventTypesUpdate,
  eventTypesUpdateInCatalog,
  plansList,
  plansCreate,
  plansGet,
  plansGetInCatalog,
  plansUpdate,
  plansUpdateInCatalog,
  modelPricesList,
  modelPricesSet,
  demoTrackUsage,
  healthLive,
  healthReady,
  metricsRead,
  openapiRead,
  docsRead,
]
