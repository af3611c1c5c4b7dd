// A photo as it is sent: scaled on the phone, so that it gets through a thin line.

const LONGEST_SIDE = 1600;
const QUALITY = 0.8;
const MOST_BYTES = 2 * 1024 * 1024;

/** The picture of a file as base64 JPEG; rejects where the browser cannot read it. */
export async function scaled(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob || blob.size > MOST_BYTES) throw new Error("the picture cannot be made small enough");
  return base64(new Uint8Array(await blob.arrayBuffer()));
}

function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
