// Written by scripts/gen.mjs: change package.json, then `npm run gen`.

export const version = '0.1.0'
