/**
 * Writes pages with notion-to-md, one after the other: node notion_to_md_pages.js URL TOKEN FOLDER < ids
 *
 * It gives texts: the files and their names are ours.
 */
const fs = require('node:fs');
const path = require('node:path');
const { Client } = require('@notionhq/client');
const { NotionToMarkdown } = require('notion-to-md');

const [url, auth, folder] = process.argv.slice(2);

async function main() {
	const converter = new NotionToMarkdown({
		notionClient: new Client({ auth, baseUrl: url }),
		config: { parseChildPages: false },
	});
	fs.mkdirSync(folder);
	for (const page of fs.readFileSync(0, 'utf8').split(/\s+/).filter(Boolean)) {
		try {
			const made = converter.toMarkdownString(await converter.pageToMarkdown(page));
			fs.writeFileSync(path.join(folder, `${page}.md`), made.parent ?? '');
		}
		catch (error) {
			console.error(`${page}: ${error}`);
		}
	}
}

void main();
