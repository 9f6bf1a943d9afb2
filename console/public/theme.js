// Before the first paint, so that nothing flashes. A file, since no script may stand in the page.
try {
  const theme = localStorage.getItem('tollgate.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  if (localStorage.getItem('tollgate.density') === 'dense') {
    document.documentElement.dataset.density = 'dense'
  }
} catch {
  // A browser that keeps nothing shows what the system says.
}
