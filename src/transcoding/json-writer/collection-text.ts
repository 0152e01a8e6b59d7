import { KeyTexts } from "./key-texts.ts";
import { isFields, type WriteText } from "./write-text.ts";

/** What writes lists of items that `writeItem` writes. */
export function listWriter(writeItem: WriteText): WriteText {
  return (list, raw) => {
    if (!Array.isArray(list)) return undefined;
    let text = "";
    for (let index = 0; index < list.length; index++) {
      const item = writeItem(list[index], raw);
      if (item === undefined) return undefined;
      text += index === 0 ? item : `,${item}`;
    }
    return `[${text}]`;
  };
}

/** What writes maps of values that `writeValue` writes. */
export function mapWriter(writeValue: WriteText): WriteText {
  const texts = new KeyTexts();
  return (map, raw) => {
    if (!isFields(map)) return undefined;
    const keys = Object.keys(map);
    let text = "";
    for (let place = 0; place < keys.length; place++) {
      const key = keys[place] ?? "";
      const value = writeValue(map[key], raw);
      if (value === undefined) return undefined;
      // One after the other: the sum of both would be one more text to make.
      text += texts.at(place, key);
      text += value;
    }
    return `{${text}}`;
  };
}
