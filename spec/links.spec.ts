/** Every link between the pages leads to a file and to a heading that is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, it } from 'vitest';

const inFolder = (folder: string) => readdirSync(folder).map((file) => join(folder, file));
const pages = [...inFolder('.'), ...inFolder('docs'), 'bench/README.md'].filter((file) => file.endsWith('.md'));

/** As GitHub makes them: lower case, punctuation left out, spaces as hyphens. */
function anchorsOf(file: string): string[] {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm);
  const plain = (heading: string) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '');
  return [...headings].map(([, heading = '']) => plain(heading).replaceAll(' ', '-'));
}

describe.each(pages)('%s', (page) => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(((?!https?:)[^)\s]+)\)/g)].map(([, link = '']) => {
    const [file = '', anchor] = link.split('#');
    return { link, file: file === '' ? page : join(dirname(page), file), anchor };
  });

  it('links to files that are there', () => {
    expect(links.filter(({ file }) => !existsSync(file)).map(({ link }) => link)).toEqual([]);
  });

  it('links to headings that are there', () => {
    const wrong = links.filter(({ file, anchor }) => anchor !== undefined && !anchorsOf(file).includes(anchor));
    expect(wrong.map(({ link }) => link)).toEqual([]);
  });
});
