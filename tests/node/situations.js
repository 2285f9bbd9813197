// What a UPS says in 230 situations, word by word from the register notes (tests/data/situations-*.tsv), through simulator, daemon and
// BACnet: the map is not asked what its words mean, and so it can be wrong here (finding 7.6).
'use strict';

const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { step, must, note, run } = require('./lib/tap.js');
const { World, until, freePort, slow, netns, top } = require('./lib/world.js');
const { Client, TYPE, PROP } = require('./lib/wire.js');
const { point, state, bitString } = require('./lib/facts.js');

const world = new World();
// SITUATIONS_MAPS: a directory of other maps to judge, as when a map is written
const maps = process.env.SITUATIONS_MAPS;
const families = ['masterys', 'delphys-mp', 'delphys-gp', 'vu-map'];
const device = [TYPE.device, 4194303];
let wire;

const file = (family) => path.join(top, 'tests/data', `situations-${family}.tsv`);

// -> [{ name, unit, rows: [{ kind, where, value, line }] }], in the order of the file
function situations(family) {
	const out = [];
	fs.readFileSync(file(family), 'utf8').split('\n').forEach((text, i) => {
		if (!text || text.startsWith('#'))
			return;
		const [name, unit, kind, where, value] = text.split('\t');
		if (!out.length || out[out.length - 1].name !== name)
			out.push({ name, unit, rows: [] });
		out[out.length - 1].rows.push({ kind, where, value, line: i + 1 });
	});
	return out;
}

const same = (got, value) => Math.abs(got - Number(value)) <= 1e-5 * Math.max(1, Math.abs(Number(value)));

// What a BACnet client sees of a row, as the list writes it.  `there`: the objects that the device has.
async function seen(get, there, { kind, where, value }) {
	if (kind === 'model')
		return await get(device, PROP.objectName);
	const object = kind === 'state' ? state(where) : kind === 'bits' ? bitString(where) : point(where);
	assert(object, where);
	if (!there.has(object.object.join(',')))
		return '--';
	const present = await get(object.object, PROP.presentValue), reliability = await get(object.object, PROP.reliability);
	if (kind === 'point' && Number.isNaN(present))
		return reliability === 1 ? 'absent' : `not a number, with reliability ${reliability}`;
	const text = kind === 'bits' ? present.map((b, i) => b ? i : -1).filter((i) => i >= 0).join(' ') || '-'
		: kind === 'point' && same(present, value) ? value : String(present);
	// no bit is shown where nothing is known of them
	const unknown = kind === 'bits' && text === '-' && reliability === 12;
	return !reliability || unknown ? text : `${text}, with reliability ${reliability}`;
}

async function mistakes(get, rows) {
	const there = new Set((await get(device, PROP.objectList, undefined, true)).map((v) => v.value.join(',')));
	const out = [];
	for (const row of rows) {
		const got = await seen(get, there, row);
		if (got !== row.value)
			out.push(`line ${row.line}: ${row.where} should be ${row.value}, a client sees ${got}`);
	}
	return out;
}

must('a place', async () => {
	await world.open();
	wire = await new Client().open(world.here);
});

// All of one family: one simulator, and for each situation a gateway that has never seen this UPS.
async function judge(family) {
	const place = await world.place(family.slice(0, 9));
	const port = await freePort();
	const address = `${netns ? world.here : '127.0.0.1'}:${port}`;
	const sim = await world.simulator({ family, tcp: address });
	const wrong = [];
	let count = 0;
	for (const s of situations(family)) {
		const rows = s.rows.filter((r) => !['words', 'like', 'gone'].includes(r.kind));
		const from = sim.lines.length;
		sim.type(`words '${file(family)}' '${s.name}'`);
		assert(/^ok/.test(await sim.line(/^(ok|error)/, { from })), sim.lines[sim.lines.length - 1]);
		const upsd = await world.daemon({ place, bacnet: { object_map: 'standard' },
			ups: { family: maps ? path.join(maps, `${family}.map`) : family, link: sim.link, unit_number: s.unit === 'single' ? 0 : s.unit } });
		const get = async (o, p, i, whole) => (whole ? wire.read : wire.get).call(wire, upsd.to, o, p, i, { timeout: 200 * slow, retries: 5 });
		let last = ['it does not answer'];
		await until(s.name, async () => (last = await mistakes(get, rows)).length === 0, 8000).catch(() => {});
		if (last.length)
			wrong.push(`${s.name}: ${last.join('; ')}`);
		count++;
		await upsd.stop();
	}
	await sim.stop();
	return { count, wrong };
}

let results;
step('7.6 every situation is played', async () => {
	results = Object.fromEntries(await Promise.all(families.map(async (f) => [f, await judge(f)])));
	const all = Object.values(results).reduce((n, r) => n + r.count, 0);
	assert(all >= 200, `${all} situations`);
	return `${all} situations`;
});

for (const family of families)
	step(`7.6 ${family}: a BACnet client sees what the register notes say`, () => {
		const { count, wrong } = results[family];
		wrong.forEach((w) => note(w));
		assert.strictEqual(wrong.length, 0, `${wrong.length} of ${count} situations`);
		return `${count} situations`;
	});

step('the sockets close', () => wire.close());
run();
