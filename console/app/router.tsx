import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router'
import { consolePath } from '../api/place.ts'
import { Shell } from '../shell/shell.tsx'
import { ZONES } from '../shell/zone.ts'
import { given, instant, oneOf, text, wholeNumber } from './search.ts'

/**
 * All routes of the console. Search parameters hold ranges, filters, sort orders and open items.
 * Invalid parameters are dropped, so that old links still work.
 */
const root = createRootRoute({
  component: Shell,
  validateSearch: (search: Record<string, unknown>) => given({ zone: oneOf(search.zone, ZONES) }),
  search: { middlewares: [retainSearchParams(['zone'])] },
  notFoundComponent: lazyRouteComponent(() => import('./not-found.tsx'), 'NotFound'),
})

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../screens/overview/home.tsx'), 'Home'),
})

const firstSteps = createRoute({
  getParentRoute: () => root,
  path: '/first-steps',
  component: lazyRouteComponent(() => import('../screens/overview/first-steps.tsx'), 'FirstSteps'),
})

const customers = createRoute({
  getParentRoute: () => root,
  path: '/customers',
  validateSearch: (search: Record<string, unknown>) =>
    given({
      search: text(search.search),
      plan: text(search.plan),
      status: text(search.status),
      sort: text(search.sort),
      cursor: text(search.cursor),
    }),
  component: lazyRouteComponent(() => import('../screens/customers/customers.tsx'), 'Customers'),
})

const customer = createRoute({
  getParentRoute: () => root,
  path: '/customers/$organizationId',
  component: lazyRouteComponent(() => import('../screens/customer/customer.tsx'), 'Customer'),
})

const summary = createRoute({
  getParentRoute: () => customer,
  path: '/',
  component: lazyRouteComponent(() => import('../screens/customer/summary.tsx'), 'Summary'),
})
const customerUsage = createRoute({
  getParentRoute: () => customer,
  path: '/usage',
  validateSearch: (search: Record<string, unknown>) =>
    given({
      days: wholeNumber(search.days),
      by: text(search.by),
      metric: text(search.metric),
      step: text(search.step),
    }),
  component: lazyRouteComponent(() => import('../screens/customer/usage.tsx'), 'CustomerUsage'),
})
const events = createRoute({
  getParentRoute: () => customer,
  path: '/events',
  validateSearch: (search: Record<string, unknown>) =>
    given({
      eventType: text(search.eventType),
      userId: text(search.userId),
      from: text(search.from),
      to: text(search.to),
      sort: text(search.sort),
      cursor: text(search.cursor),
      open: text(search.open),
      at: instant(search.at),
    }),
  component: lazyRouteComponent(() => import('../screens/customer/events.tsx'), 'Events'),
})
const limits = createRoute({
  getParentRoute: () => customer,
  path: '/limits',
  component: lazyRouteComponent(() => import('../screens/customer/limits.tsx'), 'Limits'),
})
const credits = createRoute({
  getParentRoute: () => customer,
  path: '/credits',
  component: lazyRouteComponent(() => import('../screens/customer/credits.tsx'), 'Credits'),
})
const billing = createRoute({
  getParentRoute: () => customer,
  path: '/billing',
  validateSearch: (search: Record<string, unknown>) => given({ invoice: text(search.invoice) }),
  component: lazyRouteComponent(() => import('../screens/customer/billing.tsx'), 'Billing'),
})
const lineEvents = createRoute({
  getParentRoute: () => customer,
  path: '/billing/$invoiceId/$line',
  validateSearch: (search: Record<string, unknown>) =>
    given({ cursor: text(search.cursor), open: text(search.open) }),
  component: lazyRouteComponent(() => import('../screens/customer/line-events.tsx'), 'LineEvents'),
})
const access = createRoute({
  getParentRoute: () => customer,
  path: '/access',
  component: lazyRouteComponent(() => import('../screens/customer/access.tsx'), 'Access'),
})
const customerAlerts = createRoute({
  getParentRoute: () => customer,
  path: '/alerts',
  validateSearch: alertSearch,
  component: lazyRouteComponent(
    () => import('../screens/alerts/customer-alerts.tsx'),
    'CustomerAlerts',
  ),
})
const customerWebhooks = createRoute({
  getParentRoute: () => customer,
  path: '/webhooks',
  component: lazyRouteComponent(
    () => import('../screens/webhooks/customer-webhooks.tsx'),
    'CustomerWebhooks',
  ),
})
const customerEndpoint = createRoute({
  getParentRoute: () => customer,
  path: '/webhooks/$endpointId',
  validateSearch: deliverySearch,
  component: lazyRouteComponent(
    () => import('../screens/webhooks/customer-endpoint.tsx'),
    'CustomerEndpoint',
  ),
})
const customerChannel = createRoute({
  getParentRoute: () => customer,
  path: '/channels/$channelId',
  validateSearch: deliverySearch,
  component: lazyRouteComponent(
    () => import('../screens/channels/customer-channel.tsx'),
    'CustomerChannel',
  ),
})
const customerAudit = createRoute({
  getParentRoute: () => customer,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../screens/customer/audit.tsx'), 'CustomerAudit'),
})
const decision = createRoute({
  getParentRoute: () => root,
  path: '/customers/$organizationId/decisions/$decisionId',
  component: lazyRouteComponent(() => import('../screens/decision/decision.tsx'), 'DecisionStory'),
})

const usage = createRoute({
  getParentRoute: () => root,
  path: '/usage',
  validateSearch: (search: Record<string, unknown>) =>
    given({
      step: text(search.step),
      days: wholeNumber(search.days),
      metric: text(search.metric),
      by: text(search.by),
      of: text(search.of),
    }),
  component: lazyRouteComponent(() => import('../screens/usage/usage.tsx'), 'Usage'),
})
const revenue = createRoute({
  getParentRoute: () => root,
  path: '/revenue',
  component: lazyRouteComponent(() => import('../screens/revenue/revenue.tsx'), 'Revenue'),
})
const catalog = createRoute({
  getParentRoute: () => root,
  path: '/catalog',
  validateSearch: (search: Record<string, unknown>) =>
    given({
      catalog: text(search.catalog),
      part: text(search.part),
    }),
  component: lazyRouteComponent(() => import('../screens/catalog/catalog.tsx'), 'Catalog'),
})
const editor = createRoute({
  getParentRoute: () => root,
  path: '/catalog/$catalog/edit',
  validateSearch: (search: Record<string, unknown>) =>
    given({
      eventType: text(search.eventType),
      plan: text(search.plan),
      version: wholeNumber(search.version),
    }),
  component: lazyRouteComponent(() => import('../screens/catalog/editor.tsx'), 'Editor'),
})
const simulator = createRoute({
  getParentRoute: () => root,
  path: '/simulator',
  validateSearch: (search: Record<string, unknown>) =>
    given({
      organization: text(search.organization),
      plan: text(search.plan),
      move: text(search.move),
    }),
  component: lazyRouteComponent(() => import('../screens/simulator/simulator.tsx'), 'Simulator'),
})
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../screens/audit/audit.tsx'), 'Audit'),
})
const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  component: lazyRouteComponent(() => import('../screens/jobs/jobs.tsx'), 'Jobs'),
})
const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: alertSearch,
  component: lazyRouteComponent(() => import('../screens/alerts/alerts.tsx'), 'Alerts'),
})
const workflows = createRoute({
  getParentRoute: () => root,
  path: '/workflows',
  validateSearch: (search: Record<string, unknown>) =>
    given({
      state: text(search.state),
      workflow: text(search.workflow),
      cursor: text(search.cursor),
    }),
  component: lazyRouteComponent(() => import('../screens/workflows/workflows.tsx'), 'Workflows'),
})
const workflowRun = createRoute({
  getParentRoute: () => root,
  path: '/workflows/$runId',
  component: lazyRouteComponent(() => import('../screens/workflows/run.tsx'), 'Run'),
})
const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('../screens/webhooks/webhooks.tsx'), 'Webhooks'),
})
const platformEndpoint = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/$endpointId',
  validateSearch: deliverySearch,
  component: lazyRouteComponent(
    () => import('../screens/webhooks/platform-endpoint.tsx'),
    'PlatformEndpoint',
  ),
})
const platformChannel = createRoute({
  getParentRoute: () => root,
  path: '/channels/$channelId',
  validateSearch: deliverySearch,
  component: lazyRouteComponent(
    () => import('../screens/channels/platform-channel.tsx'),
    'PlatformChannel',
  ),
})
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../screens/settings/settings.tsx'), 'Settings'),
})

function auditSearch(search: Record<string, unknown>) {
  return given({
    category: text(search.category),
    actor: text(search.actor),
    text: text(search.text),
    cursor: text(search.cursor),
    open: wholeNumber(search.open),
    at: instant(search.at),
  })
}

function alertSearch(search: Record<string, unknown>) {
  return given({
    state: text(search.state),
    severity: text(search.severity),
    openCursor: text(search.openCursor),
    cursor: text(search.cursor),
    open: text(search.open),
  })
}

function deliverySearch(search: Record<string, unknown>) {
  return given({ state: text(search.state), cursor: text(search.cursor), open: text(search.open) })
}

const routes = root.addChildren([
  overview,
  firstSteps,
  customers,
  customer.addChildren([
    ...[summary, customerUsage, events, limits, credits, billing, access, customerAudit],
    ...[lineEvents, customerAlerts, customerWebhooks, customerEndpoint, customerChannel],
  ]),
  ...[decision, usage, revenue, catalog, editor, simulator, audit, jobs, settings],
  ...[alerts, workflows, workflowRun, webhooks, platformEndpoint, platformChannel],
])

export const createConsoleRouter = () =>
  createRouter({
    routeTree: routes,
    basepath: consolePath,
    defaultPreload: 'intent',
    scrollRestoration: true,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>
  }
}
