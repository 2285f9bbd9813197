// What the device must show, read from the tables that the manual became: src/ups/points.def, states.def, bits.def.
'use strict';

const fs = require('fs');
const path = require('path');
const { top } = require('./world.js');

const text = (name) => fs.readFileSync(path.join(top, 'src/ups', name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

// Arguments of every MACRO(...) line: strings without their quotes, the rest as written.
function rows(name, macro) {
	const out = [];
	for (const match of text(name).matchAll(new RegExp(`^${macro}\\((.*)\\)\\s*$`, 'gm')))
		out.push([...match[1].matchAll(/"((?:[^"\\]|\\.)*)"|([^,\s][^,]*)/g)].map((m) => m[1] !== undefined ? m[1] : m[2].trim()));
	return out;
}

const UNITS = {
	PERCENT: 98, KILOVOLT_AMPERES: 9, KILOWATTS: 48, AMPERES: 3, VOLTS: 5, HERTZ: 27, NO_UNITS: 95, POWER_FACTOR: 15, DEGREES_CELSIUS: 62,
	MINUTES: 72, SECONDS: 73,
};

const points = rows('points.def', 'POINT').map(([instance, id, name, unit, decimals, factor10, cov, level, phase, description]) => ({
	instance: Number(instance), id, name, unit: UNITS[unit], decimals: decimals === 'FREE' ? null : Number(decimals), factor10: factor10 === 'true',
	cov: parseFloat(cov), level, phase, description, object: [2, Number(instance)],
}));

const states = rows('states.def', 'STATES').map(([instance, id, name, level, initial, description]) => ({
	instance: Number(instance), id, name, level, initial: Number(initial), description, object: [19, Number(instance)], texts: [],
}));
for (const [id, number, , label] of rows('states.def', 'STATE'))
	states.find((s) => s.id === id).texts[Number(number) - 1] = label;

const bits = rows('bits.def', 'BITS').map(([instance, id, name, level, description]) => ({
	instance: Number(instance), id, name, level, description, object: [39, Number(instance)], texts: [],
}));
for (const row of rows('bits.def', 'BIT'))             // BIT(bits, number, ..., text, description)
	bits.find((b) => b.id === row[0]).texts[Number(row[1])] = row[row.length - 2];

module.exports = { points, states, bits, point: (name) => points.find((p) => p.name === name), state: (name) => states.find((s) => s.name === name),
	bitString: (name) => bits.find((b) => b.name === name) };
