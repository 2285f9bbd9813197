// Who may command is obeyed: DeviceCommunicationControl, ReinitializeDevice, the lists; who may not is refused.
'use strict';

const assert = require('assert');
const { step, must, run } = require('./lib/tap.js');
const { World, until, execute, program, netns, slow } = require('./lib/world.js');
const { Client, Failed, TYPE, PROP, opening, closing, ctxUnsigned, ctxObject, app } = require('./lib/wire.js');
const { makers } = require('./lib/clients.js');
const { point, state } = require('./lib/facts.js');

const world = new World();
const charge = point('BATTERY_%').object, device = [TYPE.device, 1338];
const DCC = 17, REINITIALIZE = 20, ADD = 8, REMOVE = 9, SUBSCRIBE = 5, COV = 2;
const RESTART_REASON = 196, RESTART_RECIPIENTS = 202, RESTART_TIME = 203, TIME_RECIPIENTS = 116, UTC_TIME_RECIPIENTS = 206;
const [BUSY, DENIED, WRONG, TOO_LONG, NOT_DONE] = [[0, 3], [5, 29], [4, 26], [5, 80], [5, 45]];
let place, sim, upsd, wire;

const text = (tag, s) => Buffer.concat([Buffer.from([tag << 4 | 0x0d, Buffer.byteLength(s) + 1, 0]), Buffer.from(s)]);
const dcc = (how, password, minutes) => wire.request(upsd.to, DCC, Buffer.concat([...(minutes ? [ctxUnsigned(0, minutes)] : []), ctxUnsigned(1, how),
	...(password === undefined ? [] : [text(2, password)])]));
const reinitialize = (how, password) => wire.request(upsd.to, REINITIALIZE, Buffer.concat([ctxUnsigned(0, how),
	...(password === undefined ? [] : [text(1, password)])]));
const refused = (promise, error) => assert.rejects(promise, (e) => e instanceof Failed && e.answer.error.join() === error.join());
const get = (object, property) => wire.get(upsd.to, object, property);
const problems = async () => JSON.parse((await world.tool(upsd, 'status', '--json')).stdout).problems;
const running = () => until('Running', async () => await get(state('DeviceStatus').object, PROP.presentValue) === 1, 20000);
const isNotification = (i) => i.apdu && i.apdu.type === 'unconfirmed' && i.apdu.service === COV;
const pause = () => new Promise((resolve) => setTimeout(resolve, 1100));         // one password a second

async function password(what, word) {
	const { code, stderr } = await execute(program.tool, ['password', '--state-dir', upsd.state, what], { input: `${word}\n` });
	assert.strictEqual(code, 0, stderr);
}

must('a gateway', async () => {
	await world.open();
	place = await world.place('gateway');
	wire = await new Client().open(world.here);
	sim = await world.simulator();
	upsd = await world.daemon({ name: 'upsd', place, bacnet: { writable: 'labels' }, ups: { link: sim.link } });
	await running();
});

step('until a password is set every command is refused', async () => {
	await refused(dcc(2, 'filister'), WRONG);
	await refused(dcc(2), WRONG);
	await refused(reinitialize(1, 'filister'), WRONG);
	await refused(reinitialize(1), WRONG);
});

step('a password counts as soon as it is set; what is wrong or too long does not', async () => {
	await password('dcc', 'filister');
	await password('reinitialize', 'another');
	await pause();
	await refused(dcc(2, 'Filister'), WRONG);
	await pause();
	await refused(dcc(2, 'another'), WRONG);
	await refused(dcc(2, '123456789012345678901'), TOO_LONG);
	await refused(dcc(1, 'filister'), DENIED);               // plain disable, Protocol_Revision 20
	await refused(dcc(1), DENIED);
	await wire.get(upsd.to, device, PROP.objectName);
});

step('under disable-initiation answers go on, Who-Is too, and nothing else is sent', async () => {
	await pause();
	await dcc(2, 'filister');
	assert.match((await problems()).join('\n'), /switched off what the device sends of its own accord, until/);
	await get(charge, PROP.presentValue);
	await wire.write(upsd.to, charge, PROP.description, app.string('Charge'));
	assert.strictEqual((await wire.whoIs(upsd.to, { broadcast: false })).length, 1);
	const silence = wire.hear(isNotification, 1500 * slow);
	await wire.request(upsd.to, SUBSCRIBE, Buffer.concat([ctxUnsigned(0, 7), ctxObject(1, charge), Buffer.from([0x29, 0]), ctxUnsigned(3, 300)]));
	sim.type('set BATTERY_% 42');
	assert.strictEqual(await silence, null);
	const told = wire.hear(isNotification, 5000 * slow);
	await pause();
	await dcc(0, 'filister');
	assert(await told, 'what changed meanwhile is told');
	assert.strictEqual((await problems()).length, 0);
});

step('timed, it says until when', async () => {
	await pause();
	await dcc(2, 'filister', 5);
	assert.match((await problems()).join('\n'), /for another 5 min/);
	await pause();
	await dcc(0, 'filister');
});

step('the npm clients command', async () => {
	let minutes = 0;
	for (const { make } of makers) {
		minutes++;                               // both count their requests from the same number: another content is another request
		const client = make({ port: netns ? 47808 : 0, broadcastAddress: place.broadcast });
		await client.ready;
		await pause();
		await client.communication(upsd.to, 2, minutes, 'filister');
		assert.match((await problems()).join('\n'), new RegExp(`for another ${minutes} min`));
		await pause();
		await client.communication(upsd.to, 0, minutes, 'filister');
		assert.strictEqual((await problems()).length, 0);
		await assert.rejects(client.communication(upsd.to, 1, 0, 'filister'));
		await assert.rejects(client.reinitialize(upsd.to, 2, 'another'));
		client.close();
	}
});

step('a stream of guesses is slow, and costs the others nothing', async () => {
	const begun = Date.now();
	const answers = { busy: 0, wrong: 0 };
	for (let i = 0; i < 300; i++)
		await dcc(2, `guess ${i}`).catch((e) => answers[e.answer.error.join() === BUSY.join() ? 'busy' : 'wrong']++);
	const seconds = (Date.now() - begun) / 1000;
	assert.strictEqual(answers.busy + answers.wrong, 300);
	assert(answers.wrong <= 3 + seconds + 1, `${answers.wrong} in ${seconds} s`);
	await get(charge, PROP.presentValue);
});

step('what cannot be done is refused, whatever the password', async () => {
	for (let how = 2; how <= 6; how++)
		await refused(reinitialize(how, 'another'), NOT_DONE);
});

const list = (service, property, ...elements) => wire.request(upsd.to, service, Buffer.concat([ctxObject(0, device), ctxUnsigned(1, property), opening(3),
	...elements, closing(3)]));
const elements = async (property) => (await wire.request(upsd.to, 12, Buffer.concat([ctxObject(0, device), ctxUnsigned(1, property)]))).body;
const other = ctxObject(0, [TYPE.device, 77]);

function us() {
	const { address, port } = wire.socket.address();
	const mac = Buffer.from([...(address === '0.0.0.0' ? world.here.address : address).split('.').map(Number), port >> 8, port & 255]);
	return Buffer.concat([opening(1), Buffer.from([0x21, 0, 0x65, 6]), mac, closing(1)]);
}

step('elements are added to a list and removed, all or none', async () => {
	await list(ADD, RESTART_RECIPIENTS, us(), other);
	await assert.rejects(list(REMOVE, RESTART_RECIPIENTS, other, ctxObject(0, [TYPE.device, 78])), (e) => e instanceof Failed);
	await list(REMOVE, RESTART_RECIPIENTS, other);
	const body = await elements(RESTART_RECIPIENTS);
	assert(body.includes(us()) && !body.includes(other));
});

step('who is put in a list for it is sent the time', async () => {
	for (const [property, service] of [[TIME_RECIPIENTS, 6], [UTC_TIME_RECIPIENTS, 9]]) {
		const told = wire.hear((i) => i.apdu && i.apdu.type === 'unconfirmed' && i.apdu.service === service, 20000 * slow);
		await list(ADD, property, us());
		const item = await told;
		assert(item, 'no time was sent');
		assert.deepStrictEqual([item.apdu.body[0], item.apdu.body[5], item.apdu.body.length], [0xa4, 0xb4, 10]);
	}
});

step('it is acknowledged, then it starts anew and says so', async () => {
	const reasons = [[0, 1], [1, 2], [7, 8]];
	for (const [how, reason] of reasons) {
		await pause();
		const told = wire.hear(isNotification, 20000 * slow);
		const pid = upsd.child.pid;
		await reinitialize(how, 'another');
		const item = await told;
		assert(item, 'nobody told of the restart');
		assert(item.apdu.body.includes(Buffer.from([0x09, RESTART_REASON, 0x2e, 0x91, reason, 0x2f])));
		assert(item.apdu.body.includes(Buffer.from([0x09, RESTART_TIME, 0x2e, 0x2e, 0xa4])));
		assert.strictEqual(upsd.child.pid, pid);
		await running();
		assert.strictEqual(await get(device, RESTART_REASON), reason);
		assert.strictEqual(await get(charge, PROP.description), 'Charge');       // what was written is kept
		assert((await elements(TIME_RECIPIENTS)).includes(us()));
	}
});

step('at the control socket the members of admin_group may do more than look, and nobody else', async () => {
	if (process.getuid() !== 0)
		return;
	const fs = require('fs');
	const ask = (method, groups) => execute('setpriv', ['--reuid', '65534', '--regid', '65534', ...groups, process.execPath, '-e',
		`const s = require('net').connect(process.argv[1]); s.on('data', (d) => { process.stdout.write(d); s.end(); });
		s.write('{"jsonrpc":"2.0","id":1,"method":"${method}"}\\n');`, socket]);
	const socket = `/tmp/command-${process.pid}.ctl`;       // where somebody else may look
	fs.writeFileSync(upsd.conf, `${fs.readFileSync(upsd.conf)}\n[control]\nadmin_group = daemon\n`);
	fs.chmodSync(upsd.control, 0o666);
	fs.linkSync(upsd.control, socket);
	try {
		const may = async (method, groups) => {
			const { stdout, stderr } = await ask(method, groups);
			assert.match(stdout, /^{/, stderr);
			return JSON.parse(stdout).error === undefined;
		};
		assert.strictEqual(await may('save', ['--groups', '1']), false);
		upsd.kill('SIGHUP');
		await until('the group to count', () => may('save', ['--groups', '1']));
		assert.strictEqual(await may('save', ['--clear-groups']), false);
		assert.strictEqual(await may('version', ['--clear-groups']), true);
	} finally {
		fs.unlinkSync(socket);
	}
});

step('started by its supervisor it does not know why', async () => {
	assert.strictEqual((await upsd.stop()).code, 0);
	upsd = await world.daemon({ name: 'upsd', place, bacnet: { writable: 'labels' }, ups: { link: sim.link } });
	await running();
	assert.strictEqual(await get(device, RESTART_REASON), 0);
	wire.close();
});

world.judge();
run();
