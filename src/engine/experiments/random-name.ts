import { randomInt } from 'node:crypto';

const KINDS = (
  'amber arid bold brave brisk calm civil clear crisp deep dewy eager early fair fast fine firm fleet fond fresh full glad gold ' +
  'grand great green hale handy happy hardy jolly keen kind late light lithe lively long loud lucid lucky mellow mild misty neat ' +
  'noble novel open plain plump proud pure quick quiet rapid ready rich ripe royal rusty sharp shiny short silky sleek slim smart ' +
  'snowy soft solid sound spare spry stark still stout sunny super sure sweet swift tall tame tidy tiny true vast vivid warm wavy ' +
  'white whole wide wild wise witty young zesty'
).split(' ');
const THINGS = (
  'acorn adder alder anvil apple ash aspen aster auk badge bark basin bay beam bear beech bell birch bison bloom boat bolt brook ' +
  'cairn cape cedar clay cliff cloud clove comet coral cove crab crane creek crow dale dawn deer dove dune eagle earth eel elk elm ' +
  'ember fawn fern field finch fir fjord flame flint ford fox frog frost gale gem glade glen goose grove gull hare hawk hazel hill ' +
  'holly ibis inlet iris isle ivy jay kelp kite lake larch lark leaf lemur lily lynx maple marsh mint mole moon moss moth newt oak ' +
  'oasis olive onyx opal orca otter owl palm peak pearl pike pine plum pond poppy quail quartz rain raven reed reef ridge river ' +
  'robin rose sage sand seal shell shore sky snail snow sorrel spark spruce star stone storm stork swan thorn tide toad trail trout ' +
  'tulip vale vine viper wave whale wheat willow wind wolf wood wren yew'
).split(' ');

/** Two words with a dash, such as `calm-otter`, that `isTaken` does not know. */
export function randomName(isTaken: (name: string) => boolean): string {
  for (let tries = 0; ; tries++) {
    const name = `${pick(KINDS)}-${pick(THINGS)}${tries < 20 ? '' : `-${randomInt(10_000)}`}`;
    if (!isTaken(name)) return name;
  }
}

const pick = (words: readonly string[]): string => words[randomInt(words.length)] ?? '';
