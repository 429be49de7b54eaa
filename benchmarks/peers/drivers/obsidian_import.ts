/**
 * Imports a whole workspace with Obsidian Importer, headless, into a folder that stands for the vault.
 *
 *   tsx --tsconfig CHECKOUT/tsconfig.test.json obsidian_import.ts
 *
 * CHECKOUT, NOTION_URL, NOTION_TOKEN and VAULT come from the environment. Everything is selected, as "select all" does;
 * the settings are the importer's own. What a vault in memory holds at the end is written to VAULT; what VAULT holds at
 * the beginning was imported before.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';

const { CHECKOUT, NOTION_URL, NOTION_TOKEN, VAULT } = process.env as Record<string, string>;
const API = 'https://api.notion.com';
const OUTPUT = 'Notion';
const LISTINGS = 3;

async function main(): Promise<void> {
	require(path.join(CHECKOUT, 'tests/shims/dom'));
	require(path.join(CHECKOUT, 'tests/shims/runtime'));
	const { answerRequests } = require(path.join(CHECKOUT, 'tests/shims/obsidian'));
	const { MemoryVault, memoryApp } = require(path.join(CHECKOUT, 'tests/shims/vault'));
	const { NotionAPIImporter } = require(path.join(CHECKOUT, 'src/formats/notion-api'));
	const { ImportContext } = require(path.join(CHECKOUT, 'src/import-context'));
	const { setAllSelection } = require(path.join(CHECKOUT, 'src/tree'));

	answerRequests(async (request: any) => {
		const url = String(request.url).replace(API, NOTION_URL);
		const answer = await fetch(url, { method: request.method ?? 'GET', headers: request.headers, body: request.body });
		const arrayBuffer = await answer.arrayBuffer();
		if (request.throw !== false && answer.status >= 400) throw new Error(`status ${answer.status}`);
		return { status: answer.status, headers: Object.fromEntries(answer.headers), arrayBuffer };
	});

	const vault = new MemoryVault();
	await load(vault);
	// The app keeps a type for every property name; the shim has no such book.
	const types = new Map<string, string>();
	const metadataTypeManager = {
		getAssignedWidget: (name: string) => types.get(name) ?? null,
		setType: (name: string, type: string) => void types.set(name, type),
	};
	const app = Object.assign(memoryApp(vault), { metadataTypeManager });
	const importer: any = new NotionAPIImporter(app, { sourceEl: null, optionsEl: null } as never);
	importer.getSecret = () => NOTION_TOKEN;
	importer.getOutputFolder = async () => vault.getAbstractFileByPath(OUTPUT);
	importer.picker = { nodes: [], setStatus() {} };
	importer.picker.nodes = await listed(importer);
	setAllSelection(importer.picker.nodes, true);
	importer.indexImportedNotes();
	const ctx = new ImportContext();
	await importer.import(ctx);
	save(vault);
	console.error(`${ctx.notes} notes, ${ctx.attachments} attachments, ${ctx.skipped.length} skipped, ${ctx.failed.length} failed`);
}

/** The list of pages; who is shown an error there asks for it again. */
async function listed(importer: any): Promise<unknown[]> {
	for (let left = LISTINGS; ; left--) {
		try {
			return await importer.readPages();
		}
		catch (error) {
			if (left === 1) throw error;
		}
	}
}

function filesBelow(folder: string): string[] {
	return fs.readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
		const full = path.join(folder, entry.name);
		return entry.isDirectory() ? filesBelow(full) : [full];
	});
}

async function load(vault: any): Promise<void> {
	await vault.createFolder(OUTPUT);
	if (!fs.existsSync(VAULT)) return;
	for (const full of filesBelow(VAULT)) {
		const inside = path.relative(VAULT, full);
		const folders = inside.split('/').slice(0, -1);
		folders.forEach((_, depth) => {
			const folder = folders.slice(0, depth + 1).join('/');
			if (!vault.getAbstractFileByPathInsensitive(folder)) void vault.createFolder(folder);
		});
		const bytes = fs.readFileSync(full);
		const { mtimeMs, birthtimeMs } = fs.statSync(full);
		const times = { mtime: Math.round(mtimeMs), ctime: Math.round(birthtimeMs) };
		if (full.endsWith('.md') || full.endsWith('.base')) await vault.create(inside, bytes.toString('utf8'), times);
		else await vault.createBinary(inside, new Uint8Array(bytes).buffer, times);
	}
}

function save(vault: any): void {
	for (const [inside, content] of vault.contents as Map<string, string | ArrayBuffer>) {
		const full = path.join(VAULT, inside);
		fs.mkdirSync(path.dirname(full), { recursive: true });
		fs.writeFileSync(full, typeof content === 'string' ? content : new Uint8Array(content));
		const { mtime } = vault.getAbstractFileByPath(inside)?.stat ?? {};
		if (mtime) fs.utimesSync(full, mtime / 1000, mtime / 1000);
	}
}

void main();
