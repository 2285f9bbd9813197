// The address of the daemon's interface: not there yet, there, another one, gone, there again; a cable that is pulled; an interface that
// is taken away and plugged in anew.
'use strict';

const assert = require('assert');
const { step, must, run, skip } = require('./lib/tap.js');
const { World, until, sleep, netns, slow, must: shell } = require('./lib/world.js');
const { Client, TYPE, PROP } = require('./lib/wire.js');

const IP_ADDRESS = 400;
const MAC_ADDRESS = 423;
const port = [TYPE.networkPort, 1];
const world = new World();
let place, upsd, wire;

const at = (address) => ({ address, port: 47808 });
const ip = (...args) => shell(...place.prefix, 'ip', ...args);
const give = (address) => ip('address', 'add', `${address}/24`, 'broadcast', '10.31.0.255', 'dev', place.interface);
const take = (address) => ip('address', 'del', `${address}/24`, 'dev', place.interface);

async function status() {
	const { code, stdout, stderr } = await world.tool(upsd, '--json', 'status');
	assert(stdout, `${code} ${stderr}`);
	return JSON.parse(stdout);
}

const problem = (pattern) => until(`a problem that says ${pattern}`, async () => (await status()).problems.find((p) => pattern.test(p)));
const noProblem = (pattern) => until(`no problem that says ${pattern}`, async () => !(await status()).problems.some((p) => pattern.test(p)));
const announced = (address) => wire.hear((item) => item.from.address === address && item.apdu && item.apdu.type === 'unconfirmed' &&
	item.apdu.service === 0, 5000 * slow);

async function answersAt(address) {
	assert.strictEqual(await wire.get(at(address), [TYPE.device, 1338], PROP.vendorIdentifier), 591);
	assert.deepStrictEqual([...await wire.get(at(address), port, IP_ADDRESS)], address.split('.').map(Number));
	assert.deepStrictEqual([...await wire.get(at(address), port, MAC_ADDRESS)], [...address.split('.').map(Number), 0xba, 0xc0]);
	const s = await status();
	assert.strictEqual(s.network.address, address);
	assert.strictEqual(s.network.port, 47808);
}

async function isDeafAt(address) {
	await assert.rejects(wire.get(at(address), [TYPE.device, 1338], PROP.vendorIdentifier, undefined, { timeout: 300, retries: 0 }));
}

if (!netns) {
	step('2.12 an address of an interface comes and goes', () => skip('needs network namespaces'));
} else {
	must('2.12 no address at the start: the daemon runs and says so', async () => {
		await world.open();
		place = await world.place('gateway');
		await take(place.address);
		wire = await new Client().open('0.0.0.0', 47808);
		upsd = await world.daemon({ place, bacnet: { address: undefined, port: undefined, interface: place.interface }, ups: { link: world.path('none') } });
		await upsd.line(/the interface has no IPv4 address/);
		await problem(/eth0: the interface has no IPv4 address: no BACnet client can reach this device/);
		const s = await status();
		assert.strictEqual(s.network.address, '0.0.0.0');
		await sleep(300);
		assert(upsd.running);
	});

	step('2.12 an address comes: the device says I-Am and answers', async () => {
		const heard = announced(place.address);
		await give(place.address);
		assert(await heard, 'an I-Am');
		await answersAt(place.address);
		await noProblem(/address/);
		const found = await wire.whoIs(at('10.31.0.255'), { ms: 500 });
		assert(found.some((d) => d.device === 1338 && d.from.address === place.address));
	});

	step('2.12 another address: it is deaf at the old one, and answers, to broadcasts too, at the new one', async () => {
		const heard = announced('10.31.0.77');
		world.devices.add('10.31.0.77');
		await take(place.address);
		await give('10.31.0.77');
		assert(await heard, 'an I-Am');
		await answersAt('10.31.0.77');
		await isDeafAt(place.address);
		const found = await wire.whoIs(at('10.31.0.255'), { ms: 500 });
		assert(found.some((d) => d.device === 1338 && d.from.address === '10.31.0.77'));
	});

	step('a second address beside it changes nothing', async () => {
		await give(place.address);
		await sleep(500);
		await answersAt('10.31.0.77');
		await isDeafAt(place.address);
		await take(place.address);
	});

	step('2.12 the address goes, and comes again', async () => {
		await take('10.31.0.77');
		await problem(/has no IPv4 address/);
		await isDeafAt('10.31.0.77');
		const heard = announced('10.31.0.77');
		await give('10.31.0.77');
		assert(await heard, 'an I-Am');
		await answersAt('10.31.0.77');
		await noProblem(/address/);
	});

	step('the cable is pulled, and put in again', async () => {
		await shell('ip', 'link', 'set', place.cable, 'down');
		await problem(/eth0 is switched off or has no cable/);
		await shell('ip', 'link', 'set', place.cable, 'up');
		await noProblem(/cable/);
		await answersAt('10.31.0.77');
	});

	step('the interface is switched off and on', async () => {
		await ip('link', 'set', place.interface, 'down');
		await problem(/eth0 is switched off or has no cable/);
		await ip('link', 'set', place.interface, 'up');
		await noProblem(/switched/);
		await until('an answer', async () => {
			await answersAt('10.31.0.77');
			return true;
		});
	});

	step('the interface is taken away, and another one with its name plugged in', async () => {
		await ip('link', 'del', place.interface);
		await problem(/there is no interface of this name/);
		place.wires = 0;
		const heard = announced('10.31.0.78');
		world.devices.add('10.31.0.78');
		await world.wire(place, 'building', '10.31.0.78');
		assert(await heard, 'an I-Am');
		await answersAt('10.31.0.78');
		const found = await wire.whoIs(at('10.31.0.255'), { ms: 500 });
		assert(found.some((d) => d.device === 1338 && d.from.address === '10.31.0.78'), 'broadcasts are heard on the new one');
	});

	step('an address that flaps: the daemon lives, its log does not grow with it', async () => {
		const from = upsd.lines.length;
		for (let i = 0; i < 20; i++) {
			await take('10.31.0.78');
			await sleep(60);
			await give('10.31.0.78');
			await sleep(60);
		}
		await until('an answer', async () => {
			await answersAt('10.31.0.78');
			return true;
		});
		assert(upsd.lines.length - from <= 6, upsd.lines.slice(from).join('\n'));
	});

	world.judge();
	step('the socket closes', () => wire.close());
}
run();
