// A process that fills one workbook once and tells what that took, as fill_excel_in_python.py does:
// node fill_excel_in_node.js xlsx-template|carbone FOLDER TEMPLATE ROWS RESULT, where FOLDER holds node_modules
'use strict';
const fs = require('fs');
const { createRequire } = require('module');

const [engine, folder, template, count, result] = process.argv.slice(2);
const load = createRequire(`${folder}/`);

const day = Date.UTC(2026, 0, 1);
const later = (days) => new Date(day + days * 86400000);
const tasks = [];
for (let one = 1; one <= Number(count); one += 1) {
  tasks.push({
    number: one, name: `Task ${one} of the plan`, owner: ['Ann', 'Bob', '李雷'][one % 3], start: later(one % 300),
    due: later((one % 300) + 9), days: (one % 17) + 1, rate: 80.5 + (one % 40), done: one % 2 === 0,
  });
}

const engines = {
  'xlsx-template': (library) => async () => {
    const filled = new library(fs.readFileSync(template));
    filled.substitute(1, { tasks });
    return filled.generate({ type: 'nodebuffer' });
  },
  carbone: (library) => () => new Promise((resolve, reject) => {
    library.render(template, { tasks }, {}, (error, made) => (error ? reject(error) : resolve(made)));
  }),
};

async function main() {
  const fill = engines[engine](load(engine));
  const began = process.cpuUsage();
  const clock = process.hrtime.bigint();
  fs.writeFileSync(result, await fill());
  const used = process.cpuUsage(began);
  const found = fs.existsSync('/proc/self/status')
    && /^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync('/proc/self/status', 'utf8'));
  process.stdout.write(`${JSON.stringify({
    cpu: (used.user + used.system) / 1e6, wall: Number(process.hrtime.bigint() - clock) / 1e9,
    peak: found ? Number(found[1]) * 1024 : 0,
  })}\n`);
  process.exit(0);
}

main();
