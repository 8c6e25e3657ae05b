// A table that sorts by its headers and filters by words, bounds and choices.
import type {Cell, Column, TableData} from './document';
import {h, replace} from './dom';
import {cellText, count} from './format';
import {arrange, type Sorting} from './table_model';

/** Nobody can ask paper for more rows; a sweep's thousands still stay on the screen. */
const rowsOnPaper = 500;

export interface TableSetting {
  /** What is in it, for a reader and for its search box: "subgraphs". */
  what: string;
  /** Columns, by key, to choose a value of. */
  facets?: string[];
  sort?: {key: string; descending: boolean};
  /** Rows before "show all". */
  limit?: number;
  onPick?: (row: number) => void;
  picked?: () => number | null;
  /** Columns, by key, of texts that may take several lines. */
  wrap?: string[];
  /** The same, with short lines. */
  narrow?: string[];
  /** Something else than the text of a cell. */
  render?: Record<string, (cell: Cell, row: Cell[]) => Node | string>;
}

function isNumeric(data: TableData, column: number): boolean {
  const cell = data.rows.find(row => row[column] !== null && row[column] !== undefined)?.[column];
  return typeof cell === 'number';
}

export class Table {
  readonly element: HTMLElement;
  private readonly body = h('tbody');
  private readonly state = h('span', {class: 'table-state', role: 'status'});
  private readonly more = h('button', {class: 'quiet', type: 'button', onclick: () => this.showAll()});
  private readonly headers: HTMLTableCellElement[] = [];
  private readonly numeric: boolean[];
  private query = '';
  private readonly facets = new Map<number, string>();
  private sorting: Sorting | null = null;
  private all = false;
  private printing = false;

  constructor(host: HTMLElement, private data: TableData, private readonly setting: TableSetting) {
    this.numeric = data.columns.map((_, i) => isNumeric(data, i));
    if (setting.sort) {
      const column = data.columns.findIndex(c => c.key === setting.sort?.key);
      if (column >= 0) this.sorting = {column, descending: setting.sort.descending};
    }
    const head = h('tr');
    data.columns.forEach((column, i) => head.append(this.header(column, i)));
    this.element = h(
      'div',
      {class: 'table'},
      this.controls(),
      h('div', {class: 'table-scroll', tabindex: 0}, h('table', {}, h('thead', {}, head), this.body)),
      this.more,
    );
    host.append(this.element);
    this.update();
    window.addEventListener('beforeprint', () => this.print(true));
    window.addEventListener('afterprint', () => this.print(false));
  }

  /** Shows other rows under the same columns. */
  setRows(rows: Cell[][]): void {
    this.data = {columns: this.data.columns, rows};
    this.update();
  }

  update(): void {
    const shown = arrange(this.data.rows, this.data.columns, this.query, this.facets, this.sorting);
    const limit = this.all ? shown.length : this.printing ? rowsOnPaper : (this.setting.limit ?? 50);
    const picked = this.setting.picked?.() ?? null;
    replace(this.body, ...shown.slice(0, limit).map(i => this.row(i, i === picked)));
    if (shown.length === 0)
      this.body.append(
        h('tr', {}, h('td', {class: 'empty', colspan: this.data.columns.length}, 'nothing matches')),
      );
    const total = this.data.rows.length;
    replace(this.state, shown.length === total ? `${count(total)} ${this.setting.what}`
                                               : `${count(shown.length)} of ${count(total)} ${this.setting.what}`);
    this.more.hidden = shown.length <= limit;
    replace(this.more, `Show all ${count(shown.length)}`);
    this.headers.forEach((header, i) =>
      header.setAttribute(
        'aria-sort',
        this.sorting?.column !== i ? 'none' : this.sorting.descending ? 'descending' : 'ascending',
      ),
    );
  }

  private controls(): HTMLElement {
    const numeric = this.data.columns.find(column => column.unit === 'microseconds');
    const example = numeric ? `, e.g. ${numeric.title.replace(/\s+/g, '')}>20us` : '';
    const search = h('input', {
      type: 'search',
      class: 'filter',
      placeholder: `filter${example}`,
      'aria-label': `filter ${this.setting.what}`,
      oninput: event => {
        this.query = (event.target as HTMLInputElement).value;
        this.update();
      },
    });
    return h('div', {class: 'table-controls'}, search, ...this.choices(), this.state);
  }

  private choices(): HTMLElement[] {
    const elements: HTMLElement[] = [];
    for (const key of this.setting.facets ?? []) {
      const column = this.data.columns.findIndex(c => c.key === key);
      const description = this.data.columns[column];
      if (!description) continue;
      const values = [...new Set(this.data.rows.map(row => cellText(row[column], description.unit)))];
      if (values.length < 2) continue;
      values.sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));
      elements.push(
        h(
          'select',
          {
            'aria-label': description.title,
            onchange: event => {
              const value = (event.target as HTMLSelectElement).value;
              if (value === '') this.facets.delete(column);
              else this.facets.set(column, value.slice(1));
              this.update();
            },
          },
          h('option', {value: ''}, `any ${description.title}`),
          ...values.map(value => h('option', {value: `=${value}`}, value === '' ? '(none)' : value)),
        ),
      );
    }
    return elements;
  }

  private header(column: Column, i: number): HTMLTableCellElement {
    const header = h(
      'th',
      {class: this.numeric[i] ? 'number' : '', scope: 'col', 'data-key': column.key},
      h('button', {type: 'button', onclick: () => this.sortBy(i)}, column.title),
    );
    this.headers.push(header);
    return header;
  }

  private sortBy(column: number): void {
    const descendingFirst = this.numeric[column] ?? false;
    const again = this.sorting?.column === column;
    this.sorting = {column, descending: again ? !this.sorting?.descending : descendingFirst};
    this.update();
  }

  private print(printing: boolean): void {
    this.printing = printing;
    this.update();
  }

  private showAll(): void {
    this.all = true;
    this.update();
  }

  private cellClass(key: string, text: string): string {
    if (this.setting.narrow?.includes(key)) return 'cell wrap narrow';
    if (this.setting.wrap?.includes(key)) return 'cell wrap';
    return text.length > 60 ? 'cell long' : 'cell';
  }

  private row(i: number, picked: boolean): HTMLElement {
    const cells = this.data.rows[i] ?? [];
    const {onPick, render} = this.setting;
    const row = h('tr', {
      class: `${picked ? 'picked' : ''}${onPick ? ' pickable' : ''}`,
      'data-row': i,
      tabindex: onPick ? 0 : undefined,
    });
    if (onPick) {
      row.addEventListener('click', () => onPick(i));
      row.addEventListener('keydown', event => {
        if (event.key === 'Enter') onPick(i);
      });
    }
    this.data.columns.forEach((column, c) => {
      const cell = cells[c] ?? null;
      const own = render?.[column.key];
      const text = cellText(cell, column.unit);
      row.append(
        h('td', {class: this.numeric[c] ? 'number' : '', title: text.length > 40 ? text : undefined},
          own ? own(cell, cells) : h('span', {class: this.cellClass(column.key, text)}, text)),
      );
    });
    return row;
  }
}
