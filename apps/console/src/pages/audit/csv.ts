/** RFC 4180. Cells are numbers, dates and texts of the catalogue: none begins as a formula does. */
function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hands a table over as a file. @param name without the extension */
export function downloadCsv(name: string, rows: readonly (readonly (string | number)[])[]): void {
  // With the mark by which spreadsheets know UTF-8.
  const url = URL.createObjectURL(new Blob(['\uFEFF', csvOf(rows)], { type: 'text/csv;charset=utf-8' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: `${name}.csv` });
  link.click();
  // Behind the click, which has to find it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
