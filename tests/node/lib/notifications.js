// Notifications as a client sees them on the wire: of changes of value, and of events; how he asks for them, hears and confirms them.
'use strict';

const assert = require('assert');
const { until, slow } = require('./world.js');
const { PROP, app, tagged, ctxUnsigned, ctxObject, opening, closing } = require('./wire.js');
const { state } = require('./facts.js');

// The two services of a kind, and what one of its messages says.
const kind = (confirmed, unconfirmed, told) => {
	const is = (item) => item.apdu && ((item.apdu.type === 'unconfirmed' && item.apdu.service === unconfirmed) ||
		(item.apdu.type === 'request' && item.apdu.service === confirmed));
	return {
		is,
		told,
		async next(client, test = () => true, ms = 10000) {
			const item = await client.hear((i) => is(i) && test(told(i)), ms * slow);
			assert(item, 'no notification came');
			return told(item);
		},
		confirm: (client, to, invoke) => client.send(client.envelope(Buffer.from([0x20, invoke, confirmed]), to, false), to),
	};
};

const flag = (number, yes) => tagged(number, true, [yes ? 1 : 0]);
const wrap = (number, ...parts) => Buffer.concat([opening(number), ...parts, closing(number)]);
const value = (number, ...octets) => tagged(number, false, octets);

// ---- changes of value ----

// The REAL behind "Present_Value [2] {" of a notification, and its Status_Flags.
const cov = kind(1, 2, (item) => {
	const b = item.apdu.body;
	const at = b.indexOf(Buffer.from([0x09, 0x55, 0x2e, 0x44])), flags = b.indexOf(Buffer.from([0x09, 0x6f, 0x2e, 0x82, 0x04]));
	return { process: b[1], value: b.readFloatBE(at + 4), fault: !!(b[flags + 5] & 0x40), confirmed: item.apdu.type === 'request', invoke: item.apdu.invoke };
});
cov.SUBSCRIBE = 5;
cov.SUBSCRIBE_PROPERTY = 28;
cov.body = (process, object, confirmed, lifetime) => Buffer.concat([ctxUnsigned(0, process), ctxObject(1, object),
	...(confirmed === undefined ? [] : [flag(2, confirmed)]), ...(lifetime === undefined ? [] : [ctxUnsigned(3, lifetime)])]);
cov.subscribe = (client, to, ...args) => client.request(to, cov.SUBSCRIBE, cov.body(...args));

// ---- events ----

// The text, the time stamp as it stands on the wire, and the two states.
const event = kind(2, 3, (item) => {
	const b = item.apdu.body, stamp = b.indexOf(Buffer.from([0x3e])), end = b.indexOf(Buffer.from([0x3f]), stamp + 12);
	const tail = b.subarray(end + 1), head = tail.indexOf(Buffer.from([0x7d]));
	const text = head < 0 ? '' : tail.subarray(head + 3, head + 2 + tail[head + 1]).toString();
	const after = head < 0 ? tail : tail.subarray(head + 2 + tail[head + 1]);
	return { process: b[1], stamp: b.subarray(stamp + 1, end), text, notify: after[1], to: after[after[1] === 2 ? 3 : 7], class: tail[1],
		confirmed: item.apdu.type === 'request', invoke: item.apdu.invoke };
});
// BACnetDestination: each day, all day, an address (of a network, when it is not ours), process, confirmed?, all transitions
event.destination = (mac, process, confirmed, net = 0) => Buffer.concat([value(8, 1, 0xfe), value(11, 0, 0, 0, 0), value(11, 23, 59, 59, 99),
	wrap(1, value(2, net), value(6, ...mac)), value(2, process), Buffer.from([confirmed ? 0x11 : 0x10]), value(8, 5, 0xe0)]);

const macOf = (address, port) => [...address.split('.').map(Number), port >> 8, port & 0xff];
const isRunning = async (client, to) => await client.get(to, state('DeviceStatus').object, PROP.presentValue) === 1;
const untilRunning = (client, to) => until('Running', () => isRunning(client, to), 20000);

module.exports = { cov, event, wrap, value, flag, macOf, untilRunning, app };
