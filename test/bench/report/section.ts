/**
 * The page with another content between `<!-- NAME -->` and `<!-- end of NAME -->`, each on a line of its own. Throws when it
 * lacks one of them.
 */
export function withSection(page: string, name: string, content: string): string {
  const [from, to] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const begin = page.indexOf(from);
  const end = page.indexOf(to, begin);
  if (begin < 0 || end < 0) throw new Error(`the page has no section between ${from.trim()} and ${to}`);
  return `${page.slice(0, begin + from.length)}\n${content.trim()}\n\n${page.slice(end)}`;
}
