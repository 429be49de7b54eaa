// A script of reads and writes as somebody would write it with Notion's own JavaScript client.
// It is given the sandbox by environment, ends with 0 when all went as on Notion, and prints what it checked.
import assert from "node:assert/strict";
import {
  APIErrorCode,
  Client,
  collectPaginatedAPI,
  isFullPage,
  isNotionClientError,
  iteratePaginatedAPI,
} from "@notionhq/client";

const notion = new Client({
  auth: process.env.NOTION_TOKEN,
  baseUrl: process.env.NOTION_BASE_URL,
  notionVersion: "2026-03-11",
  retry: false,
});
const home = process.env.HOME_PAGE;
const text = (content) => [{ type: "text", text: { content } }];
const paragraph = (content) => ({ type: "paragraph", paragraph: { rich_text: text(content) } });

async function refused(code, promise) {
  await assert.rejects(promise, (error) => isNotionClientError(error) && error.code === code);
}

const parts = {
  async users() {
    const me = await notion.users.me({});
    assert.equal(me.type, "bot");
    const people = await collectPaginatedAPI(notion.users.list, {});
    const someone = people.find((user) => user.type === "person");
    assert.equal((await notion.users.retrieve({ user_id: someone.id })).id, someone.id);
  },

  async search() {
    const found = await notion.search({ filter: { property: "object", value: "page" }, page_size: 5 });
    assert.equal(found.results.length, 5);
    assert.ok(found.has_more && found.next_cursor);
    assert.ok(found.results.every((page) => isFullPage(page)));
  },

  async database() {
    const database = await notion.databases.create({
      parent: { type: "page_id", page_id: home },
      title: text("Fleet"),
      initial_data_source: {
        properties: {
          Name: { title: {} },
          Cost: { number: { format: "euro" } },
          Tag: { select: { options: [{ name: "old", color: "red" }, { name: "new" }] } },
        },
      },
    });
    const source = await notion.dataSources.retrieve({ data_source_id: database.data_sources[0].id });
    assert.deepEqual(Object.keys(source.properties).sort(), ["Cost", "Name", "Tag"]);
    const rows = [];
    for (const [name, cost, tag] of [["One", 1, "old"], ["Two", 2, "new"], ["Three", 3, "new"], ["Four", 4, "old"]]) {
      rows.push(
        await notion.pages.create({
          parent: { type: "data_source_id", data_source_id: source.id },
          properties: { Name: { title: text(name) }, Cost: { number: cost }, Tag: { select: { name: tag } } },
        }),
      );
    }
    const answer = await notion.dataSources.query({
      data_source_id: source.id,
      filter: {
        and: [
          { property: "Cost", number: { greater_than: 1 } },
          { property: "Tag", select: { equals: "new" } },
        ],
      },
      sorts: [{ property: "Cost", direction: "descending" }],
    });
    assert.deepEqual(answer.results.map((row) => row.properties.Cost.number), [3, 2]);
    const changed = await notion.pages.update({ page_id: rows[0].id, properties: { Cost: { number: 10 } } });
    assert.equal(changed.properties.Cost.number, 10);
    const names = [];
    for await (const row of iteratePaginatedAPI(notion.dataSources.query, { data_source_id: source.id, page_size: 3 })) {
      names.push(row.properties.Name.title[0].plain_text);
    }
    assert.deepEqual(names.sort(), ["Four", "One", "Three", "Two"]);
    const item = await notion.pages.properties.retrieve({ page_id: rows[0].id, property_id: changed.properties.Cost.id });
    assert.equal(item.number, 10);
    const renamed = await notion.dataSources.update({
      data_source_id: source.id,
      properties: { Cost: { name: "Price" }, Done: { checkbox: {} } },
    });
    assert.ok(renamed.properties.Price && renamed.properties.Done && !renamed.properties.Cost);
    return { database, source, rows };
  },

  async blocks() {
    const page = await notion.pages.create({
      parent: { type: "page_id", page_id: home },
      properties: { title: { title: text("By the official client") } },
      children: [paragraph("first")],
    });
    const { results } = await notion.blocks.children.append({
      block_id: page.id,
      children: [
        {
          type: "toggle",
          toggle: {
            rich_text: text("open me"),
            children: [{ type: "quote", quote: { rich_text: text("inside"), children: [paragraph("deep")] } }],
          },
        },
        { type: "to_do", to_do: { rich_text: text("done?"), checked: false } },
      ],
    });
    assert.deepEqual(results.map((block) => block.type), ["toggle", "to_do"]);
    const [quote] = (await notion.blocks.children.list({ block_id: results[0].id })).results;
    assert.ok(quote.type === "quote" && quote.has_children);
    await notion.blocks.children.append({
      block_id: page.id,
      children: [paragraph("between")],
      position: { type: "after_block", after_block: { id: results[0].id } },
    });
    const done = await notion.blocks.update({ block_id: results[1].id, to_do: { rich_text: text("done!"), checked: true } });
    assert.ok(done.to_do.checked);
    const all = await collectPaginatedAPI(notion.blocks.children.list, { block_id: page.id, page_size: 2 });
    assert.deepEqual(all.map((block) => block.type), ["paragraph", "toggle", "paragraph", "to_do"]);
    await notion.blocks.delete({ block_id: results[1].id });
    assert.equal((await notion.blocks.retrieve({ block_id: results[1].id })).in_trash, true);
    return page;
  },

  async comments(page) {
    const first = await notion.comments.create({ parent: { page_id: page.id }, rich_text: text("Well?") });
    await notion.comments.create({ discussion_id: first.discussion_id, rich_text: text("Well.") });
    const said = await notion.comments.list({ block_id: page.id });
    assert.deepEqual(said.results.map((one) => one.rich_text[0].plain_text), ["Well?", "Well."]);
    assert.equal((await notion.comments.retrieve({ comment_id: first.id })).discussion_id, first.discussion_id);
  },

  async files(page) {
    const one = await notion.fileUploads.create({ mode: "single_part", filename: "a.txt", content_type: "text/plain" });
    const file = { filename: "a.txt", data: new Blob(["hello"], { type: "text/plain" }) };
    assert.equal((await notion.fileUploads.send({ file_upload_id: one.id, file })).status, "uploaded");
    const many = await notion.fileUploads.create({
      mode: "multi_part",
      filename: "b.txt",
      content_type: "text/plain",
      number_of_parts: 2,
    });
    for (const part_number of ["1", "2"]) {
      const data = new Blob(["x".repeat(5 * 1024 * 1024)], { type: "text/plain" });
      await notion.fileUploads.send({ file_upload_id: many.id, file: { filename: "b.txt", data }, part_number });
    }
    assert.equal((await notion.fileUploads.complete({ file_upload_id: many.id })).status, "uploaded");
    const { results } = await notion.blocks.children.append({
      block_id: page.id,
      children: [one, many].map(({ id }) => ({ type: "file", file: { type: "file_upload", file_upload: { id } } })),
    });
    const bytes = await Promise.all(results.map(async (block) => (await fetch(block.file.file.url)).arrayBuffer()));
    assert.deepEqual(bytes.map((one) => one.byteLength), [5, 10 * 1024 * 1024]);
  },

  async views({ database, source }) {
    const view = await notion.views.create({
      database_id: database.id,
      data_source_id: source.id,
      name: "Everything",
      type: "table",
    });
    const listed = await notion.views.list({ database_id: database.id });
    assert.equal(listed.results.length, 2);
    const renamed = await notion.views.update({ view_id: view.id, name: "All of it" });
    assert.equal(renamed.name, "All of it");
    await notion.views.delete({ view_id: view.id });
    await refused(APIErrorCode.ObjectNotFound, notion.views.retrieve({ view_id: view.id }));
  },

  async places(page) {
    const other = await notion.pages.create({
      parent: { type: "page_id", page_id: home },
      properties: { title: { title: text("Elsewhere") } },
    });
    const moved = await notion.pages.move({ page_id: page.id, parent: { type: "page_id", page_id: other.id } });
    assert.equal(moved.parent.page_id, other.id);
    assert.equal((await notion.pages.update({ page_id: page.id, in_trash: true })).in_trash, true);
    assert.equal((await notion.blocks.children.list({ block_id: other.id })).results.length, 0);
    assert.equal((await notion.pages.update({ page_id: page.id, in_trash: false })).in_trash, false);
    assert.equal((await notion.blocks.children.list({ block_id: other.id })).results[0].id, page.id);
  },

  async refusals() {
    const nowhere = "0a1b2c3d-0000-8000-8000-00000000dead";
    await refused(APIErrorCode.ObjectNotFound, notion.pages.retrieve({ page_id: nowhere }));
    await refused(APIErrorCode.ValidationError, notion.pages.retrieve({ page_id: "no-id" }));
    const long = [paragraph("x".repeat(2001))];
    await refused(APIErrorCode.ValidationError, notion.blocks.children.append({ block_id: home, children: long }));
    const stranger = new Client({ auth: "wrong", baseUrl: process.env.NOTION_BASE_URL, retry: false });
    await refused(APIErrorCode.Unauthorized, stranger.users.me({}));
  },
};

await parts.users();
await parts.search();
const made = await parts.database();
const page = await parts.blocks();
await parts.comments(page);
await parts.files(page);
await parts.views(made);
await parts.places(page);
await parts.refusals();
console.log(Object.keys(parts).join(" "));
