/**
 * Shows a case's files under the messages that name them. A picture is decoded and drawn anew, so that its own bytes never
 * become part of the page; anything else can only be saved, after a warning. `wipe` takes all of it out of memory.
 */

import { getBytes } from "./api";
import { type Attachment, isPicture, neutralName, openAttachment, PictureUnreadable } from "./attachments";
import type { OpenCase } from "./casefile";
import { cloneElement, fill, focusOn, part } from "./dom";
import { onPress } from "./forms";
import type { KeyRing } from "./keys";
import { hasWord, sizeWords, word } from "./words";

/** Longer than any screen is wide, and less than browsers refuse to draw. */
const LONGEST_SIDE = 4096;
/** The type of a file that no browser opens by itself. */
const UNOPENED = "application/octet-stream";
/** A browser has taken what it saves by then. */
const SAVED_AFTER = 60_000;

/** The files of one case, as long as its screen stands. */
export class CaseFiles {
  #wiped = false;
  #count = 0;
  readonly #canvases = new Set<HTMLCanvasElement>();
  readonly #addresses = new Set<string>();

  constructor(
    screen: HTMLElement,
    private readonly file: OpenCase,
    private readonly keys: KeyRing,
  ) {
    for (const { sealed, document } of file.shown) {
      if (document === null || document.attachments.length === 0) continue;
      const message = screen.querySelector(`[data-message="${sealed.id}"]`);
      if (message === null) continue;
      const list = part(message, "files");
      list.hidden = false;
      for (const attachment of document.attachments) list.append(this.#line(attachment));
    }
  }

  /** Overwrite what is shown and let go of what was saved. */
  wipe(): void {
    this.#wiped = true;
    for (const canvas of this.#canvases) erase(canvas);
    for (const address of this.#addresses) URL.revokeObjectURL(address);
    this.#canvases.clear();
    this.#addresses.clear();
  }

  #line(attachment: Attachment): HTMLElement {
    this.#count += 1;
    const number = this.#count;
    const line = cloneElement("file");
    const family = `file.${attachment.mime.split("/")[0] ?? ""}`;
    const kind = word(hasWord(family) ? family : "file.application");
    fill(line, "what", word("file.what", { number: String(number), kind, size: sizeWords(attachment.size) }));
    fill(line, "name", attachment.name);
    fill(line, "hidden-data", word(attachment.stripped ? "file.stripped" : "file.not_stripped"));
    const show = part(line, "show");
    show.hidden = !isPicture(attachment);
    const describe = (button: HTMLElement): void => button.setAttribute("aria-describedby", `file-${number}`);
    part(line, "what").id = `file-${number}`;
    for (const name of ["show", "hide", "save", "save-anyway"]) describe(part(line, name));
    onPress(line, show, () => this.#show(line, attachment, number), { busy: word("file.opening") });
    part(line, "hide").addEventListener("click", () => this.#hide(line));
    const warning = part(line, "warning");
    part(line, "save").addEventListener("click", () => {
      warning.hidden = false;
      focusOn(part(line, "warning-text"));
    });
    part(line, "keep-here").addEventListener("click", () => {
      warning.hidden = true;
      part(line, "save").focus();
    });
    onPress(line, part(line, "save-anyway"), () => this.#save(line, attachment, number), { busy: word("file.opening") });
    return line;
  }

  async #show(line: HTMLElement, attachment: Attachment, number: number): Promise<void> {
    const canvas = await this.#drawn(attachment);
    if (canvas === null) return;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", word("file.picture", { number: String(number) }));
    this.#hide(line);
    this.#canvases.add(canvas);
    part(line, "picture").replaceChildren(canvas);
    part(line, "picture").hidden = false;
    part(line, "show").hidden = true;
    part(line, "hide").hidden = false;
    part(line, "hide").focus();
  }

  #hide(line: HTMLElement): void {
    const picture = part(line, "picture");
    const canvas = picture.querySelector("canvas");
    if (canvas === null) return;
    erase(canvas);
    this.#canvases.delete(canvas);
    picture.replaceChildren();
    picture.hidden = true;
    part(line, "hide").hidden = true;
    part(line, "show").hidden = false;
    part(line, "show").focus();
  }

  async #save(line: HTMLElement, attachment: Attachment, number: number): Promise<void> {
    const blob = isPicture(attachment) ? await this.#redrawn(attachment) : await this.#raw(attachment);
    if (blob === null || this.#wiped) return;
    const address = URL.createObjectURL(blob);
    this.#addresses.add(address);
    const link = document.createElement("a");
    link.href = address;
    link.download = neutralName(blob.type === UNOPENED ? attachment.mime : blob.type, number);
    link.click();
    window.setTimeout(() => {
      URL.revokeObjectURL(address);
      this.#addresses.delete(address);
    }, SAVED_AFTER);
    part(line, "warning").hidden = true;
    part(line, "save").focus();
  }

  /** Draw a picture on a canvas of its own; null where the desk was locked meanwhile. */
  async #drawn(attachment: Attachment): Promise<HTMLCanvasElement | null> {
    const content = await this.#content(attachment);
    if (content === null) return null;
    try {
      const bitmap = await createImageBitmap(new Blob([content as BlobPart], { type: attachment.mime }));
      if (this.#wiped) {
        bitmap.close();
        return null;
      }
      return draw(bitmap);
    } catch {
      throw new PictureUnreadable();
    } finally {
      content.fill(0);
    }
  }

  async #redrawn(attachment: Attachment): Promise<Blob | null> {
    const canvas = await this.#drawn(attachment);
    if (canvas === null) return null;
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, attachment.mime === "image/jpeg" ? "image/jpeg" : "image/png", 0.92));
    erase(canvas);
    if (blob === null) throw new PictureUnreadable();
    return blob;
  }

  async #raw(attachment: Attachment): Promise<Blob | null> {
    const content = await this.#content(attachment);
    if (content === null) return null;
    const blob = new Blob([content as BlobPart], { type: UNOPENED });
    content.fill(0);
    return blob;
  }

  /** Fetch and open a file; null where the desk was locked meanwhile. */
  async #content(attachment: Attachment): Promise<Uint8Array | null> {
    const sealed = await getBytes(`cases/${this.file.row.case}/files/${attachment.id}`);
    if (this.#wiped) return null;
    const content = await openAttachment(sealed, attachment, this.keys, this.file.row.case);
    if (!this.#wiped) return content;
    content.fill(0);
    return null;
  }
}

function draw(bitmap: ImageBitmap): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

function erase(canvas: HTMLCanvasElement): void {
  // A canvas of another size begins anew, empty.
  canvas.width = 0;
  canvas.height = 0;
}
