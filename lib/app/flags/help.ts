/** How the help of each command shows an option: on one line of 80 columns, with its default in parentheses. */
import { Help, type HelpConfiguration, type Option } from 'commander';

export const compactHelp: HelpConfiguration = {
  optionDescription({ description, defaultValue, defaultValueDescription, envVar }: Option): string {
    const value = defaultValueDescription ?? (defaultValue === false ? undefined : defaultValue);
    if (value === undefined) return description;
    return `${description} (${value}${envVar === undefined ? '' : `, or $${envVar}`})`;
  },
};

/** The same, with these options before the command's own, under one heading. */
export function compactHelpWith(options: readonly Option[]): HelpConfiguration {
  const own = new Help();
  return {
    ...compactHelp,
    visibleOptions: (command) => [...options, ...own.visibleOptions(command)],
    groupItems: (_, items) => new Map([['Options, with their defaults:', items]]),
  };
}
