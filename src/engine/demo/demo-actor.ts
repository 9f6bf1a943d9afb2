/** Who made an organization, in its audit log, that the demo made: by this it is known for one. */
export const DEMO_ACTOR = 'demo'
