/** How the help of each command shows an option: on one line of 80 columns, with its default in parentheses. */
import { Help, type HelpConfiguration, type Option } from 'commander';

/** The descriptions begin behind this width; the one of a longer flag, behind that flag. */
const maxFlagWidth = 31;

const own = new Help();

export const compactHelp: HelpConfiguration = {
  padWidth: (command, helper) => Math.min(own.padWidth(command, helper), maxFlagWidth),
  optionDescription({ description, defaultValue, defaultValueDescription, envVar }: Option): string {
    const value = defaultValueDescription ?? (defaultValue === false ? undefined : defaultValue);
    if (value === undefined) return description;
    return `${description} (${value}${envVar === undefined ? '' : `, or $${envVar}`})`;
  },
};

/** The same, with these options before the command's own, under one heading. */
export function compactHelpWith(options: readonly Option[]): HelpConfiguration {
  return {
    ...compactHelp,
    visibleOptions: (command) => [...options, ...own.visibleOptions(command)],
    groupItems: (_, items) => new Map([['Options, with their defaults:', items]]),
  };
}
