import { Check } from 'lucide-react'
import { ALL_RIGHTS, ROLES, roleHas } from '../../../src/core/rights.ts'
import css from './customer.module.css'

/** The rights of each role, from the engine's own table. */
export const RoleTable = () => (
  <details className={css.rolesBox}>
    <summary>What each role may do</summary>
    <table className={css.roles}>
      <thead>
        <tr>
          <th scope="col">Right</th>
          {ROLES.map((role) => (
            <th key={role} scope="col">
              {role}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ALL_RIGHTS.filter((right) => ROLES.some((role) => roleHas(role, right))).map((right) => (
          <tr key={right}>
            <th scope="row">{right}</th>
            {ROLES.map((role) => (
              <td key={role}>
                {roleHas(role, right) ? (
                  <Check size={14} aria-label="yes" />
                ) : (
                  <span aria-hidden="true">·</span>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </details>
)
