export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'tollgate.theme'
const DENSITY_KEY = 'tollgate.density'

/** The theme stored in this browser; `theme.js` reads it before the first paint. */
export const chosenTheme = (): Theme => {
  const theme = localStorage.getItem(KEY)
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

export const chooseTheme = (theme: Theme): void => {
  if (theme === 'system') {
    localStorage.removeItem(KEY)
    delete document.documentElement.dataset.theme
  } else {
    localStorage.setItem(KEY, theme)
    document.documentElement.dataset.theme = theme
  }
}

export const isDense = (): boolean => document.documentElement.dataset.density === 'dense'

export const chooseDense = (dense: boolean): void => {
  if (dense) {
    localStorage.setItem(DENSITY_KEY, 'dense')
    document.documentElement.dataset.density = 'dense'
  } else {
    localStorage.removeItem(DENSITY_KEY)
    delete document.documentElement.dataset.density
  }
}
