// The two BACnet clients of npm behind one face, so that a test can say "for each client".
//
//   whoIs(place) -> [{ device, address }]        read(to, object, property, index) -> [value]
//   readAll(to, object) -> Map property -> [value] | { error: [class, code] }
//   write(to, object, property, type, value)     timeSync(to, date)     close()
//
// Values are plain: numbers, strings, booleans, arrays of booleans for bit strings, [type, instance] for object identifiers.
'use strict';

const { sleep, slow } = require('./world.js');

const TAG = { null: 0, boolean: 1, unsigned: 2, integer: 3, real: 4, double: 5, octets: 6, string: 7, bits: 8, enumerated: 9, date: 10, time: 11, object: 12 };

function plain(item) {
	const v = item.value;
	if (item.type === TAG.bits)
		return Array.from({ length: v.bitsUsed }, (_, i) => !!(v.value[i >> 3] >> (i & 7) & 1));
	if (item.type === TAG.object)
		return [v.type, v.instance];
	return v;
}

function errorOf(value) {
	return { error: [value.errorClass, value.errorCode] };
}

const values = (list) => list.map((v) => v && v.value && v.value.errorClass !== undefined ? errorOf(v.value) : plain(v));

// Both libraries name the parts of an answer alike.
function byProperty(answer) {
	const out = new Map();
	for (const { id, index, value } of answer.values[0].values) {
		const list = Array.isArray(value) ? value : [value];
		const bad = list.find((v) => v && v.value && v.value.errorClass !== undefined);
		out.set(id, bad ? errorOf(bad.value) : values(list));
		if (index !== 0xffffffff && index !== undefined)
			throw new Error(`property ${id} came with index ${index}`);
	}
	return out;
}

class BacnetJs {
	constructor(options) {
		const { default: Client } = require('@bacnet-js/client');
		this.name = '@bacnet-js/client';
		this.firstMonth = 1;
		this.client = new Client({ apduTimeout: 4000 * slow, ...options });
		this.ready = new Promise((resolve, reject) => {
			this.client.once('listening', resolve);
			this.client.once('error', reject);
		});
	}

	to({ address, port, net, adr }) {
		return { address: port === 47808 ? address : `${address}:${port}`, ...(net ? { net, adr: [...adr] } : {}) };
	}

	async whoIs(place, ms = 600) {
		const found = [];
		const fn = ({ header, payload }) => found.push({ device: payload.deviceId, address: header.sender.address, vendor: payload.vendorId });
		this.client.on('iAm', fn);
		this.client.whoIs(place ? this.to(place) : undefined);
		await sleep(ms * slow);
		this.client.off('iAm', fn);
		return found;
	}

	async read(to, [type, instance], property, index) {
		const answer = await this.client.readProperty(this.to(to), { type, instance }, property, index === undefined ? {} : { arrayIndex: index });
		return values(answer.values);
	}

	async readAll(to, [type, instance], options) {
		return byProperty(await this.client.readPropertyMultiple(this.to(to), [{ objectId: { type, instance }, properties: [{ id: 8 }] }], options));
	}

	write(to, [type, instance], property, kind, value) {
		return this.client.writeProperty(this.to(to), { type, instance }, property, [{ type: TAG[kind], value }], {});
	}

	subscribe(to, [type, instance], process, confirmed, lifetime) {
		return this.client.subscribeCov(this.to(to), { type, instance }, process, false, confirmed, lifetime, {});
	}

	unsubscribe(to, [type, instance], process) {
		return this.client.subscribeCov(this.to(to), { type, instance }, process, true, false, 0, {});
	}

	// stamp: the BACnetTimeStamp of the event as it stands on the wire, a date and a time
	acknowledge(to, [type, instance], eventState, text, stamp) {
		const when = { type: 2, value: this.moment(stamp.subarray(2, 6), stamp.subarray(7, 11)) };
		return this.client.acknowledgeAlarm(this.to(to), { type, instance }, eventState, text, when, when, {});
	}

	// What the libraries ask of a Date.
	moment([year, month, day, weekday], [hour, minute, second, hundredths]) {
		return Object.assign(new Date(0), { getFullYear: () => 1900 + year, getMonth: () => month - this.firstMonth, getDate: () => day, getDay: () => weekday % 7,
			getHours: () => hour, getMinutes: () => minute, getSeconds: () => second, getMilliseconds: () => 10 * hundredths });
	}

	timeSync(to, date) {
		this.client.timeSync(this.to(to), date);
	}

	timeSyncUTC(to, date) {
		this.client.timeSyncUTC(this.to(to), date);
	}

	// state 0 enable, 1 disable, 2 disable-initiation
	communication(to, state, minutes, password) {
		return this.client.deviceCommunicationControl(this.to(to), minutes, state, { password });
	}

	// state 0 coldstart, 1 warmstart
	reinitialize(to, state, password) {
		return this.client.reinitializeDevice(this.to(to), state, { password });
	}

	close() {
		this.client.close();
	}
}

// node-bacnet calls back instead of promising.
function nodeBacnet(options) {
	const Client = require('node-bacnet');
	const client = new Client({ apduTimeout: 4000 * slow, ...options });
	const face = Object.create(BacnetJs.prototype);
	const promised = (method) => (...args) => new Promise((resolve, reject) => client[method](...args, (e, v) => e ? reject(e) : resolve(v)));
	face.name = 'node-bacnet';
	face.firstMonth = 0;         // it puts Date's month on the wire, which counts from 0
	face.client = {
		on: (event, fn) => client.on(event, fn),
		off: (event, fn) => client.removeListener(event, fn),
		whoIs: (to) => client.whoIs(to),
		timeSync: (to, date) => client.timeSync(to, date),
		timeSyncUTC: (to, date) => client.timeSyncUTC(to, date),
		close: () => client.close(),
		readProperty: promised('readProperty'),
		readPropertyMultiple: (to, list, options_) => promised('readPropertyMultiple')(to, list, options_ || {}),
		writeProperty: promised('writeProperty'),
		subscribeCov: promised('subscribeCov'),
		acknowledgeAlarm: promised('acknowledgeAlarm'),
		deviceCommunicationControl: promised('deviceCommunicationControl'),
		reinitializeDevice: promised('reinitializeDevice'),
		simpleAckResponse: (...args) => client.simpleAckResponse(...args),
	};
	face.ready = new Promise((resolve, reject) => {
		client.once('listening', resolve);
		client.once('error', reject);
	});
	return face;
}

// options: port, interface, broadcastAddress
// segments: node-bacnet 0.2.4 sends its SegmentACK to nobody (a broadcast) and never leaves reassembly, so it can take only answers that
// fit into one datagram.
const makers = [
	{ name: '@bacnet-js/client', make: (options) => new BacnetJs(options), segments: true },
	{ name: 'node-bacnet', make: nodeBacnet, segments: false },
];

module.exports = { makers, TAG };
