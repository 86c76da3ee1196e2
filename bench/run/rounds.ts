/** For programs without a report: what is compared takes turns, and its medians are printed, with ratios within a round. */
import { median } from './summary.js';

/** Every other round goes backwards, and the first one, which compiles the code, does not count. Ratios are of the first game to the others. */
export async function printRounds(
  rounds: number,
  title: string,
  games: Readonly<Record<string, () => number | Promise<number>>>,
): Promise<void> {
  const played = Object.entries(games).map(([name, play]) => ({ name, play, figures: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { play, figures } of round % 2 === 0 ? played : played.toReversed()) {
      const figure = await play();
      if (round > 0) figures.push(figure);
    }
  }
  process.stdout.write(`${title}; node ${process.versions.node}, medians of ${rounds} rounds in turn\n`);
  const [first] = played;
  for (const { name, figures } of played) {
    const middle = median(figures);
    const ratio = median(figures.map((figure, round) => (first?.figures[round] ?? Number.NaN) / figure));
    const beside = name === first?.name ? '' : `; ${first?.name} takes x${ratio.toFixed(3)}`;
    process.stdout.write(`  ${name}: ${middle.toFixed(middle < 100 ? 2 : 0)}${beside}\n`);
  }
}
