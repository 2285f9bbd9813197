// scripts/run as a person uses it: the commands that it prints work, what is typed reaches the UPS, Ctrl-C leaves nothing behind.
'use strict';

const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { step, must, run } = require('./lib/tap.js');
const { World, until, execute, top } = require('./lib/world.js');

const world = new World();
let script;
const commands = () => script.lines.filter((l) => /^ {4}\//.test(l)).map((l) => l.trim());
const sh = (command) => execute('sh', ['-c', command]);

// Processes that were started from this tree's out/run.
function ours() {
	return fs.readdirSync('/proc').filter((d) => /^\d+$/.test(d)).filter((pid) => {
		try {
			return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path.join(top, 'out/run'));
		} catch {
			return false;
		}
	});
}

must('scripts/run shows a device with values', async () => {
	await world.open();
	script = world.start('scripts/run', path.join(top, 'scripts/run'), []);
	await script.line(/Ctrl-C ends it/, { ms: 300000 });
	assert(commands().length >= 4, script.lines.join('\n'));
});

step('every command that it prints works', async () => {
	for (const command of commands()) {
		// watch runs until it is told to stop
		const { code, stdout, stderr } = await sh(/ watch\b/.test(command) ? `timeout -s INT 3 ${command}; [ $? = 124 ] || [ $? = 0 ]` : command);
		assert.strictEqual(code, 0, `${command}: ${stderr}`);
		assert(stdout.trim().length > 0 || / watch\b/.test(command), command);
	}
	return `${commands().length} commands`;
});

step('what is typed reaches the UPS', async () => {
	const read = commands().find((c) => / read .*present-value/.test(c));
	for (const value of [42, 17]) {
		script.type(`set BATTERY_% ${value}`);
		await until(`${value}`, async () => new RegExp(`\\b${value}\\b`).test((await sh(read)).stdout));
	}
});

step('Ctrl-C ends it with 0, and nothing stays', async () => {
	assert(ours().length >= 2, 'simulator and gateway run');
	const end = await script.stop('SIGINT');
	assert.strictEqual(end.code, 0, script.lines.join('\n'));
	assert.deepStrictEqual(ours(), []);
	for (const name of ['ups', 'control', 'typed'])
		assert(!fs.existsSync(path.join(top, 'out/run', name)), name);
	return `${end.ms} ms`;
});

run();
