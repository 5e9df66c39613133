// Losses by learning rate, some of which were not tried or had no finite loss: `tried` of figures/panel.py.

/**
 * The rates that have a loss, and their losses.
 * @param {number[]} rates
 * @param {number[]} losses
 * @param {number} none stands in the place of a loss
 */
export function tried(rates, losses, none) {
  const there = losses.map((loss) => loss < none);
  return { xs: rates.filter((_, k) => there[k]), ys: losses.filter((_, k) => there[k]) };
}
