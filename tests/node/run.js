// scripts/run as a person uses it: one line of progress, everything that it prints works in the order printed, a second one has its own
// place, and however it ends nothing is left behind.
'use strict';

const assert = require('assert');
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { step, must, run } = require('./lib/tap.js');
const { World, until, execute, sleep, top } = require('./lib/world.js');

const world = new World();
let script;
const printed = (s) => s.lines.filter((l) => /^ {4}\S/.test(l)).map((l) => l.trim());
const commands = (s = script) => printed(s).filter((l) => /^['/]/.test(l));
const typed = (s = script) => printed(s).filter((l) => !/^['/]/.test(l));
const sh = (command) => execute('sh', ['-c', command]);
const start = (name, args = [], { directory = top, shell } = {}) =>
	world.start(name, ...(shell ? ['sh', ['-c', shell]] : [path.join(directory, 'scripts/run'), args]));
const ready = (s, ms = 300000) => s.line(/Ctrl-C or "quit" ends it/, { ms });

// Processes that were started in some out/run of a tree.
function ours(directory = top) {
	return fs.readdirSync('/proc').filter((d) => /^\d+$/.test(d)).filter((pid) => {
		try {
			return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path.join(directory, 'out/run'));
		} catch {
			return false;
		}
	});
}

async function nothingStays(directory = top) {
	await until('no process', () => ours(directory).length === 0, 5000);
	for (const name of ['ups', 'control', 'typed'])
		assert(!fs.existsSync(path.join(directory, 'out/run', name)), name);
}

must('5.5 scripts/run says how far it is in one line, and shows a device with values', async () => {
	await world.open();
	script = start('scripts/run');
	await ready(script);
	assert(commands().length >= 4 && typed().length >= 4, script.lines.join('\n'));
	const before = script.lines.slice(0, script.lines.findIndex((l) => /^A simulated UPS/.test(l)));
	assert.strictEqual(before.length, 1, before.join('\n'));
	assert(/^building, starting(, reading the UPS)?: \d+ s$/.test(before[0]), before[0]);
	return before[0];
});

step('5.5 it builds the programs and no test', () => {
	const log = fs.readFileSync(path.join(top, 'out/run/build.log'), 'utf8');
	assert(!/test-|bench-/.test(log), log);
});

step('5.5 every command that it prints works', async () => {
	for (const command of commands()) {
		// watch runs until it is told to stop
		const { code, stdout, stderr } = await sh(/ watch\b/.test(command) ? `timeout -s INT 3 ${command}; [ $? = 124 ] || [ $? = 0 ]` : command);
		assert.strictEqual(code, 0, `${command}: ${stderr}`);
		assert(stdout.trim().length > 0 || / watch\b/.test(command), command);
	}
	return `${commands().length} commands`;
});

step('5.4 every line that it proposes to type works, in the order printed', async () => {
	const status = commands().find((c) => / status$/.test(c)), read = commands().find((c) => / read .*present-value/.test(c));
	for (const line of typed()) {
		const from = script.lines.length;
		script.type(line);
		await script.line(/^ok/, { from });
		const value = /^set BATTERY_% (\d+)$/.exec(line);
		if (value)
			await until(line, async () => new RegExp(`\\b${value[1]}\\b`).test((await sh(read)).stdout));
		if (/^scenario mains-lost/.test(line)) {
			assert(script.lines.slice(from).some((l) => /^ok released: BATTERY_%/.test(l)), script.lines.slice(from).join('\n'));
			await script.line(/^scenario mains-lost, 10\.0 s: mains lost$/, { from, ms: 20000 });
			await sleep(1500);               // its first expectations have been looked at
			await until('ON BATTERY', async () => /ON BATTERY/.test((await sh(`${status.replace(/ status$/, ' objects')}`)).stdout));
		}
	}
	assert(!script.lines.some((l) => /^error|^ups-sim:/.test(l)), script.lines.join('\n'));
	return `${typed().length} lines`;
});

step('what is typed reaches the UPS, and what is refused says why', async () => {
	const from = script.lines.length;
	script.type('set BATTERY_% many');
	await script.line(/^error: 'many' is not a number/, { from });
});

step('5.5 a second run has its own place, and quit ends it', async () => {
	const second = start('second');
	await ready(second, 60000);
	assert(second.lines.some((l) => /another one runs here already: this is number 2/.test(l)), second.lines.join('\n'));
	for (const s of [script, second]) {
		const { code, stdout } = await sh(commands(s).find((c) => / read .*device all/.test(c)));
		assert.strictEqual(code, 0);
		assert(stdout.includes(s === script ? '1338' : '1339'), stdout);
	}
	assert.notStrictEqual(commands(second)[0], commands()[0]);
	second.type('quit');
	const end = await until('its end', () => second.end, 10000);
	assert.strictEqual(end.code, 0, second.lines.join('\n'));
	const { code } = await sh(commands().find((c) => / status$/.test(c)));
	assert.strictEqual(code, 0, 'the first one goes on');
});

step('5.5 Ctrl-C ends it with 0, and nothing stays', async () => {
	assert(ours().length >= 2, 'simulator and gateway run');
	const end = await script.stop('SIGINT');
	assert.strictEqual(end.code, 0, script.lines.join('\n'));
	await nothingStays();
	return `${end.ms} ms`;
});

step('5.5 without a standard input it runs, and leaves nothing when it ends', async () => {
	const closed = start('closed', [], { shell: `exec '${path.join(top, 'scripts/run')}' <&-` });
	await ready(closed, 60000);
	assert.strictEqual((await closed.stop('SIGTERM')).code, 0, closed.lines.join('\n'));
	await nothingStays();
});

step('5.5 the example map runs too', async () => {
	const example = start('example', ['--family', path.join(top, 'families/examples/acme-triton.map'), '--baud', '19200']);
	await ready(example, 60000);
	const { stdout } = await sh(commands(example).find((c) => / status$/.test(c)));
	assert(/Triton/.test(stdout), stdout);
	example.type('quit');
	assert.strictEqual((await until('its end', () => example.end, 10000)).code, 0);
	await nothingStays();
});

step('5.5 a map with a fault is named with file and line, at once', async () => {
	const map = world.path('broken.map');
	fs.writeFileSync(map, 'family broken "Broken"\nblok\n');
	const broken = start('broken', ['--family', map]);
	const end = await until('its end', () => broken.end, 60000);
	assert.strictEqual(end.code, 1);
	assert(broken.lines.some((l) => l.includes('this map has faults')) && broken.lines.some((l) => l.includes(`${map}:2`)), broken.lines.join('\n'));
	await nothingStays();
});

step('5.5 in a directory with blanks in its name', async () => {
	const directory = world.path("a clone's directory");
	const files = execFileSync('git', ['-C', top, 'ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean);
	for (const file of files.filter((f) => fs.existsSync(path.join(top, f)))) {
		fs.mkdirSync(path.join(directory, path.dirname(file)), { recursive: true });
		fs.copyFileSync(path.join(top, file), path.join(directory, file));
	}
	const blanks = start('blanks', [], { directory });
	await ready(blanks, 400000);
	for (const command of commands(blanks).filter((c) => !/ watch$/.test(c))) {
		const { code, stdout, stderr } = await sh(command);
		assert.strictEqual(code, 0, `${command}: ${stderr}`);
		assert(stdout.trim().length > 0, command);
	}
	assert.strictEqual((await blanks.stop('SIGINT')).code, 0);
	await nothingStays(directory);
});

run();
