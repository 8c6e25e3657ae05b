// Bundles the page into one HTML template, and that into a C++ source for libfusesim_report.
//   node tools/build.mjs [--out dist]
import * as esbuild from 'esbuild';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outAt = process.argv.indexOf('--out');
const out = outAt > 0 ? process.argv[outAt + 1] : join(root, 'dist');

async function bundle(entry, loader = {}) {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['chrome100', 'firefox100', 'safari15'],
    charset: 'utf8',
    legalComments: 'none', // see licences()
    metafile: true,
    loader,
    logLevel: 'warning',
  });
  return {text: result.outputFiles[0].text, inputs: Object.keys(result.metafile.inputs)};
}

// Licences of the packages in the bundle, which ask to be passed on with it.
function licences(inputs) {
  const folders = new Set(inputs.flatMap(input => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []));
  const texts = [...folders].sort().map(folder => {
    const at = join(root, folder);
    const {name, version, license} = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    const files = readdirSync(at, {withFileTypes: true})
      .filter(file => file.isFile() && /^(licen[cs]e|notice|copying)/i.test(file.name))
      .map(file => file.name).sort();
    return [`${name} ${version}, ${license}`, ...files.map(file => readFileSync(join(at, file), 'utf8').trim())].join('\n\n');
  });
  return `/*\n${texts.join('\n\n----\n\n').replaceAll('*/', '* /')}\n*/`;
}

// What stands inside of an element may not end it.
function inline(text, element) {
  if (text.toLowerCase().includes(`</${element}`)) throw new Error(`the bundle holds </${element}`);
  return text.trimEnd();
}

// Raw string literals in pieces: compilers take them fast, and need no escapes.
function cppOf(text) {
  const pieces = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + 15000);
    if (end < text.length && /[\uDC00-\uDFFF]/.test(text[end])) --end;
    pieces.push(`R"page~(${text.slice(at, end)})page~"`);
    at = end;
  }
  if (text.includes(')page~"')) throw new Error('the page holds the end of a raw string');
  return `// Made by src/report/page/tools/build.mjs from src/report/page.
#include "report/document/page_template.hpp"

namespace fusesim::report {
std::string_view page_template() {
  static constexpr char kTemplate[] =
${pieces.join('\n')};
  return {kTemplate, sizeof kTemplate - 1};
}
} // namespace fusesim::report
`;
}

const [script, style] = await Promise.all([bundle('src/main.ts'), bundle('src/page.css')]);
const template = readFileSync(join(root, 'src/template.html'), 'utf8')
  .replace('/*style*/', () => inline(style.text, 'style'))
  .replace('/*script*/', () => inline(`${script.text}${licences(script.inputs)}`, 'script'));
mkdirSync(out, {recursive: true});
writeFileSync(join(out, 'template.html'), template);
writeFileSync(join(out, 'page_template.cpp'), cppOf(template));
console.log(`report page: ${(template.length / 1024).toFixed(0)} KiB`);
