// A warm process that fills one Word template with the same data as often as it is told, as render_in_python.py does:
// node render_in_node.js docxtemplater|carbone FOLDER TEMPLATE DATA, where FOLDER holds node_modules
'use strict';
const fs = require('fs');
const readline = require('readline');
const { createRequire } = require('module');

const [engine, folder, template, data] = process.argv.slice(2);
const load = createRequire(`${folder}/`);
const facts = JSON.parse(fs.readFileSync(data, 'utf8'));

const engines = {
  docxtemplater() {
    const PizZip = load('pizzip');
    const Docxtemplater = load('docxtemplater');
    return async () => {
      const filled = new Docxtemplater(new PizZip(fs.readFileSync(template)), { paragraphLoop: true, linebreaks: true });
      filled.render(facts);
      return filled.toBuffer();
    };
  },
  carbone() {
    const carbone = load('carbone');
    return () => new Promise((resolve, reject) => {
      carbone.render(template, facts, {}, (error, made) => (error ? reject(error) : resolve(made)));
    });
  },
};

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

async function main() {
  const render = engines[engine]();
  let made = Buffer.alloc(0);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const order = line.trim();
    let cpu = [0];
    let wall = [0];
    if (/^[0-9]+$/.test(order)) {
      cpu = [];
      wall = [];
      for (let turn = 0; turn < Number(order); turn += 1) {
        const began = process.cpuUsage();
        const clock = process.hrtime.bigint();
        made = await render();
        const used = process.cpuUsage(began);
        cpu.push((used.user + used.system) / 1e6);
        wall.push(Number(process.hrtime.bigint() - clock) / 1e9);
      }
    } else {
      fs.writeFileSync(order, made);
    }
    process.stdout.write(`${JSON.stringify({ cpu: median(cpu), wall: median(wall) })}\n`);
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack || error}\n`);
  process.exit(1);
});
