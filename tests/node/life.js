// The life of a gateway: start, refusals, reload, a lost and restored UPS, end.
'use strict';

const assert = require('assert');
const fs = require('fs');
const { step, must, run } = require('./lib/tap.js');
const { World, until, sleep, execute, program, slow } = require('./lib/world.js');
const { Client, TYPE, PROP } = require('./lib/wire.js');
const { points, states, bits, point, state, bitString } = require('./lib/facts.js');

const world = new World();
let place, sim, upsd, wire;
const deviceStatus = () => wire.get(upsd.to, state('DeviceStatus').object, PROP.presentValue);
const value = (o) => wire.get(upsd.to, o.object, PROP.presentValue);
const FAULT = 1;

async function reload(options) {
	const file = world.configuration('next', options);
	fs.renameSync(file, upsd.conf);
	upsd.kill('SIGHUP');
}

must('a gateway starts without a UPS and answers at once', async () => {
	await world.open();
	place = await world.place('gateway');
	wire = await new Client().open(world.here);
	upsd = await world.daemon({ place, ups: { link: world.path('nothing-here') } });
	await until('an answer', () => value(state('DeviceStatus')), 5000);
});

step('before the first reading: -1 in the map socomec, FAULT, states at their defaults, bits false', async () => {
	assert.notStrictEqual(await deviceStatus(), 1);
	for (const p of points.filter((x) => x.level === 'UNIT')) {
		assert.strictEqual(await value(p), -1, p.name);
		assert.deepStrictEqual((await wire.get(upsd.to, p.object, PROP.statusFlags))[FAULT], true, p.name);
	}
	for (const s of states.filter((x) => x.level === 'UNIT'))
		assert.strictEqual(await value(s), s.initial, s.name);
	for (const b of bits)
		assert((await value(b)).every((x) => !x), b.name);
});

step('the UPS is plugged in: Running, values, no FAULT', async () => {
	sim = await world.simulator();
	await reload({ place, ups: { link: sim.link } });
	await until('Running', async () => await deviceStatus() === 1, 20000);
	await until('a value', async () => await value(point('UNIT_OUTPUT_V1')) > 0);
	assert.deepStrictEqual(await wire.get(upsd.to, point('UNIT_OUTPUT_V1').object, PROP.statusFlags), [false, false, false, false]);
	assert.strictEqual(await wire.get(upsd.to, point('UNIT_OUTPUT_V1').object, PROP.reliability), 0);
});

step('the UPS falls silent: DeviceStatus 3, every value keeps its last reading with FAULT and COMMUNICATION_FAILURE', async () => {
	sim.type('set BATTERY_% 64');
	await until('the charge', async () => await value(point('BATTERY_%')) === 64);
	sim.type('fault silence 60s');
	await until('No com with UPS', async () => await deviceStatus() === 3, 20000);
	assert.strictEqual(await value(point('BATTERY_%')), 64);
	for (const o of [point('BATTERY_%'), point('UNIT_OUTPUT_V1'), state('BatteryStatus'), bitString('UnitAlarms')]) {
		assert.strictEqual((await wire.get(upsd.to, o.object, PROP.statusFlags))[FAULT], true, o.name);
		assert.strictEqual(await wire.get(upsd.to, o.object, PROP.reliability), 12, o.name);
	}
});

step('status names the silent UPS among the problems: since when, and what to check', async () => {
	const { stdout } = await world.tool(upsd, '--json', 'status');
	assert.match(JSON.parse(stdout).problems.join('\n'),
		/the UPS does not answer any more on .*, last heard \d+ s ago: .*; check the cable, slave 1 and 57600 baud/);
});

step('it answers again: Running, no FAULT', async () => {
	sim.type('fault none');
	await until('Running', async () => await deviceStatus() === 1, 30000);
	await until('no FAULT', async () => !(await wire.get(upsd.to, point('BATTERY_%').object, PROP.statusFlags))[FAULT]);
	assert.strictEqual(await wire.get(upsd.to, point('BATTERY_%').object, PROP.reliability), 0);
});

step('the UPS disappears with its line, and comes back', async () => {
	await sim.stop();
	await until('No com with UPS', async () => await deviceStatus() === 3, 20000);
	const link = sim.link;
	sim = await world.simulator();
	fs.rmSync(link, { force: true });
	fs.symlinkSync(fs.realpathSync(sim.link), link);
	await until('Running', async () => await deviceStatus() === 1, 60000);
});

step('a reload with a bad file is refused with file and line, and nothing changes', async () => {
	const before = fs.readFileSync(upsd.conf, 'utf8');
	const from = upsd.lines.length;
	fs.writeFileSync(upsd.conf, before.replace('[ups]', '[ups]\nbaut = 9600'));
	upsd.kill('SIGHUP');
	await upsd.line(new RegExp(`${upsd.conf.replace(/[.]/g, '\\.')}:\\d+: .*baut`), { from });
	assert.strictEqual(await deviceStatus(), 1);
	assert(upsd.running);
	fs.writeFileSync(upsd.conf, before);
});

step('a reload changes the device instance and its name', async () => {
	await reload({ place, bacnet: { device_instance: 4711, device_name: 'cellar {instance}' }, ups: { link: sim.link } });
	await until('the new instance', async () => await wire.get(upsd.to, [TYPE.device, 4711], PROP.objectName) === 'cellar 4711');
	const wild = await wire.read(upsd.to, [TYPE.device, 4194303], PROP.objectIdentifier);
	assert.deepStrictEqual(wild[0].value, [TYPE.device, 4711]);
});

step('a second gateway on the same port is refused with the reason', async () => {
	const second = await world.daemon({ name: 'second', place, ups: { link: world.path('nothing-here') } });
	second.expected = null;
	await Promise.race([second.exited, sleep(10000 * slow)]);
	assert(!second.running, 'it runs');
	assert.notStrictEqual(second.end.code, 0);
	assert.strictEqual(second.end.signal, null);
	second.expected = second.end.code;
	assert(second.lines.some((l) => l.includes(String(place.port)) && /in use/i.test(l)), second.lines.join('\n'));
});

step('a second gateway on another port runs beside it', async () => {
	const other = { ...place, port: place.port + 1 };
	const second = await world.daemon({ name: 'beside', place: other, bacnet: { device_instance: 2 }, ups: { link: world.path('nothing-here') } });
	await until('its answer', async () => await wire.get(second.to, [TYPE.device, 2], PROP.vendorIdentifier) === 591);
	assert.strictEqual(await wire.get(upsd.to, [TYPE.device, 4711], PROP.vendorIdentifier), 591);
	const end = await second.stop();
	assert.strictEqual(end.code, 0);
});

step('--check-config says what is wrong where, and exits with 78', async () => {
	for (const [text, line, part] of [
		['[bacnet]\naddress = 127.0.0.1\nport = 70000\n', 3, /port/],
		['[bacnet]\n\nplort = 1\n', 3, /plort/],
		['[bacnet]\naddress = 127.0.0.1\nobject_map = other\n', 3, /object_map/],
		['[nowhere]\nx = 1\n', 1, /nowhere/],
		['[bacnet]\ndevice_instance = 4194303\n', 2, /device_instance/],
	]) {
		const file = world.configuration('wrong', { text });
		const { code, stdout, stderr } = await execute(program.upsd, ['--check-config', '--config', file]);
		assert.strictEqual(code, 78, text);
		const said = (stdout + stderr).split('\n').find((l) => l.includes(`${file}:${line}: `));
		assert(said && part.test(said), `${text}-> ${stdout}${stderr}`);
	}
	const good = world.configuration('good', { place, ups: { link: '/dev/null' } });
	assert.strictEqual((await execute(program.upsd, ['--check-config', '--config', good])).code, 0);
	const missing = await execute(program.upsd, ['--config', world.path('no.conf'), '--state-dir', world.directory]);
	assert.notStrictEqual(missing.code, 0);
	assert(missing.stderr.includes('no.conf'), missing.stderr);
});

step('--version and --help', async () => {
	for (const file of Object.values(program)) {
		const version = await execute(file, ['--version']);
		assert.strictEqual(version.code, 0, file);
		assert(/\d+\.\d+\.\d+/.test(version.stdout), version.stdout);
		const help = await execute(file, ['--help']);
		assert.strictEqual(help.code, 0, file);
		assert(/--/.test(help.stdout), help.stdout);
	}
});

step('SIGTERM ends it within a second, with 0, whatever the UPS does', async () => {
	sim.type('fault silence 60s');
	await sleep(300);
	const end = await upsd.stop('SIGTERM');
	assert.strictEqual(end.code, 0);
	assert(end.ms < 1000 * slow, `${end.ms} ms`);
	return `${end.ms} ms`;
});

// Ends at every moment of a start: between the first octets of a probe, while a setting is being saved, in the middle of an answer.
step('ten short lives end as well', async () => {
	for (let i = 0; i < 10; i++) {
		upsd = await world.daemon({ name: 'short', place, ups: { link: sim.link } });
		await until('an answer', () => wire.get(upsd.to, state('DeviceStatus').object, PROP.presentValue, undefined, { timeout: 50 * slow, retries: 0 }));
		await sleep(i * 7);
		assert.strictEqual((await upsd.stop()).code, 0, upsd.lines.join('\n'));
	}
});

step('SIGINT ends it too', async () => {
	upsd = await world.daemon({ place, ups: { link: sim.link } });
	await until('an answer', () => deviceStatus());
	assert.strictEqual((await upsd.stop('SIGINT')).code, 0);
	wire.close();
});

world.judge();
run();
